"""How far consumer groups are behind, as the broker has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from grantstream.fence.groupless_consumer import GrouplessConsumer
from grantstream.kafka.agreed_topics import existing_topics, partitions_of

_ANSWER_SECONDS: Final = 10.0
SERVICE_GROUPS: Final = ("registration", "token", "receipts")
"""The groups of the platform's own services; each is named after its service."""


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One partition as a group has it. `committed` None: the group never finished a record there."""

    group: str
    topic: str
    partition: int
    committed: int | None
    begin: int
    end: int

    @property
    def behind(self) -> int:
        """How many records the group has not finished.

        All of them if it finished none, or more than there are: those stood in a topic that is gone.
        """
        done = self.begin if self.committed is None or self.committed > self.end else self.committed
        return self.end - max(self.begin, done)


async def lag_of(bootstrap_servers: str, groups: Sequence[str]) -> list[PartitionLag]:
    """Every partition that exists of the topics of which one of `groups` ever committed any, or has members for now.

    Groups are named, not listed: a broker's list silently misses some while a coordinator moves. A group that can't
    read the first record of a partition never commits anything there, nor does one that has not noticed that the
    partition was added. Raises KafkaError and TimeoutError.
    """
    committed = await _committed(bootstrap_servers, groups)
    followed = {group: {place.topic for place in offsets} for group, offsets in committed.items()}
    topics = await existing_topics(bootstrap_servers, set().union(*followed.values()), limit=_ANSWER_SECONDS)
    places = partitions_of(topics)
    async with GrouplessConsumer(bootstrap_servers=bootstrap_servers) as consumer:
        begins = await consumer.beginning_offsets(places) if places else {}
        ends = await consumer.end_offsets(places) if places else {}
    return [
        PartitionLag(group, place.topic, place.partition, offsets.get(place), begins[place], ends[place])
        for group, offsets in committed.items()
        for place in places
        if place.topic in followed[group]
    ]


async def _committed(bootstrap_servers: str, groups: Sequence[str]) -> Mapping[str, dict[TopicPartition, int | None]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        assigned = {group: await _assigned(admin, group) for group in groups}
        found = {group: await admin.list_consumer_group_offsets(group) for group in groups}
    finally:
        await admin.close()
    return {
        group: dict.fromkeys(assigned[group])
        | {place: told.offset if told.offset >= 0 else None for place, told in offsets.items()}
        for group, offsets in found.items()
    }


async def _assigned(admin: AIOKafkaAdminClient, group: str) -> list[TopicPartition]:
    """The partitions that the members of a group have now."""
    [answer] = await admin.describe_consumer_groups([group])  # of several at once aiokafka reads the answer wrongly
    [(_code, _group, _state, _type, _protocol, members, *_rest)] = answer.groups
    return [
        place
        for _member, _client, _host, _metadata, assignment, *_ in members
        if assignment
        for place in ConsumerProtocolMemberAssignment.decode(assignment).partitions()
    ]
