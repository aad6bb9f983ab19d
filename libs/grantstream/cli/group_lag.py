"""How far consumer groups are behind, according to the broker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from grantstream.kafka.agreed_topics import existing_topics, partitions_of
from grantstream.kafka.groupless_consumer import GrouplessConsumer

_ANSWER_SECONDS: Final = 10.0
SERVICE_GROUPS: Final = ("registration", "token", "receipts")
"""The groups of the platform's own services; each is named after its service."""


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """A group's lag in one partition. `committed` None: the group never finished a record there."""

    group: str
    topic: str
    partition: int
    committed: int | None
    begin: int
    end: int

    @property
    def behind(self) -> int:
        """How many records the group has not finished.

        All of them if it finished none, or more than there are: those were on a topic that is gone.
        """
        done = self.begin if self.committed is None or self.committed > self.end else self.committed
        return self.end - max(self.begin, done)


async def lag_of(bootstrap_servers: str, groups: Sequence[str]) -> list[PartitionLag]:
    """The lag of `groups` in every partition of the topics that they committed offsets of, or have members for.

    The caller names the groups: a broker's list silently misses some while a coordinator moves. All partitions count:
    a group that can't read the first record of a partition never commits there, nor does one that has not noticed that
    the partition was added. Raises KafkaError and TimeoutError.
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
        committed = {group: await admin.list_consumer_group_offsets(group) for group in groups}
    finally:
        await admin.close()
    return {
        group: dict.fromkeys(assigned[group])
        | {place: each.offset if each.offset >= 0 else None for place, each in offsets.items()}
        for group, offsets in committed.items()
    }


async def _assigned(admin: AIOKafkaAdminClient, group: str) -> list[TopicPartition]:
    """The partitions that the members of a group have now."""
    [answer] = await admin.describe_consumer_groups([group])  # aiokafka parses an answer on several groups wrongly
    [(_code, _group, _state, _type, _protocol, members, *_rest)] = answer.groups
    return [
        place
        for _member, _client, _host, _metadata, assignment, *_ in members
        if assignment
        for place in ConsumerProtocolMemberAssignment.decode(assignment).partitions()
    ]
