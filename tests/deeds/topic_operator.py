"""Somebody with every right on the brokers, who changes topics and the places of groups. One method is one deed.

Each returns once the brokers show that it is done: what they know may lag behind what they answered by some 100 ms.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    GroupIdNotFound,
    IllegalStateError,
    KafkaError,
    NoError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.admin import DeleteGroupsRequest

from grantstream.kafka.topic_admin import apply_topics
from grantstream.kafka.topic_description import TopicDescription, describe_topics
from grantstream.kafka.topic_settings import wanted_topics

_SHOWN_WITHIN: Final = 60.0
_POLL: Final = 0.05
_SET_ON_THE_TOPIC: Final = 1
"""Kafka's number for a setting that a topic has of its own."""
_EMPTY: Final = "Empty"
_NO_GROUP: Final = "Dead"


class DeedFailed(Exception):
    """The brokers did not do it, or do not show it."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Acts on one cluster. Every method raises DeedFailed or KafkaError if the brokers refuse."""

    bootstrap_servers: str

    async def topic(self, name: str) -> TopicDescription | None:
        """A topic's id and partitions; None if there is no such topic."""
        async with self._admin() as admin:
            return (await describe_topics(admin._client, [name])).get(name)

    async def config(self, topic: str) -> dict[str, str]:
        """All settings of a topic that exists."""
        async with self._admin() as admin:
            return {entry[0]: entry[1] for entry in await _entries(admin, topic)}

    async def ends(self, topic: str) -> dict[int, int]:
        """The next offset of each partition."""
        async with self._consumer() as consumer:
            return {place.partition: end for place, end in (await _bounds(consumer, [topic]))[1].items()}

    async def starts(self, topic: str) -> dict[int, int]:
        """The first offset of each partition that is still there."""
        async with self._consumer() as consumer:
            return {place.partition: start for place, start in (await _bounds(consumer, [topic]))[0].items()}

    async def grow(self, topic: str, partitions: int) -> None:
        """Gives a topic more partitions. Nothing takes them away again but `replace`."""
        async with self._admin() as admin:
            await admin.create_partitions({topic: NewPartitions(partitions)})

        async def grown() -> bool:
            found = await self.topic(topic)
            return found is not None and len(found.partitions) == partitions

        await _until(grown, f"{topic} has {partitions} partitions")

    async def set_config(self, topic: str, settings: Mapping[str, str]) -> None:
        """Gives a topic some settings beside those that it has of its own."""
        async with self._admin() as admin:
            await _alter(admin, topic, await _own_config(admin, topic) | dict(settings))
        await self._until_shown(topic, settings)

    async def unset_config(self, topic: str, *names: str) -> None:
        """Takes settings from a topic, so that the brokers' own hold."""
        async with self._admin() as admin:
            own = await _own_config(admin, topic)
            await _alter(admin, topic, {name: value for name, value in own.items() if name not in names})

        async def gone() -> bool:
            async with self._admin() as admin:
                return not set(names) & set(await _own_config(admin, topic))

        await _until(gone, f"{topic} has no {', '.join(names)} of its own")

    async def put_right(self, topic: str) -> None:
        """Gives a topic the settings of the register, and no others."""
        async with self._admin() as admin:
            wanted = await _registered(admin, topic)
            await _alter(admin, topic, wanted)
        await self._until_shown(topic, wanted)

    async def delete_records(self, topic: str, *, leave: int = 0, before: Mapping[int, int] | None = None) -> None:
        """Deletes the records of each partition but the last `leave` ones; or those `before` an offset.

        A topic that is only compacted takes no such order.
        """
        async with self._consumer() as consumer:
            starts, ends = await _bounds(consumer, [topic])
        if before is None:
            wanted = {place: max(starts[place], end - leave) for place, end in ends.items()}
        else:
            wanted = {TopicPartition(topic, partition): offset for partition, offset in before.items()}

        async def deleted() -> bool:
            # It is refused until each log has heard of a policy that was changed a moment ago.
            async with self._admin() as admin:
                await admin.delete_records({place: RecordsToDelete(offset) for place, offset in wanted.items()})
            return True

        await _until(deleted, f"records of {topic} are deleted")

    async def until_records_are_gone(self, topic: str) -> None:
        """Returns once the brokers have deleted, by a topic's retention, all that stands there now."""
        ends = await self.ends(topic)

        async def gone() -> bool:
            return all(start >= ends[partition] for partition, start in (await self.starts(topic)).items())

        await _until(gone, f"{topic} begins where it ended")

    async def delete(self, *topics: str) -> None:
        """Deletes topics with all that is on them."""
        async with self._admin() as admin:
            answer = await admin.delete_topics(list(topics))
        for name, code in answer.topic_error_codes:
            if code:
                raise DeedFailed(f"{name} could not be deleted: {for_code(code).__name__}")

        async def gone() -> bool:
            async with self._admin() as admin:
                return not await describe_topics(admin._client, topics)

        await _until(gone, f"{', '.join(topics)} are gone")

    async def create_missing(self) -> list[str]:
        """Makes the topics of the register that are missing, as `grantstream topics apply` does; tells what it did."""
        return await apply_topics(self.bootstrap_servers)

    async def replace(self, topic: str) -> None:
        """Deletes a topic of the register and creates it anew: the same name, another topic."""
        before = await self.topic(topic)
        await self.delete(topic)
        await self.create_missing()

        async def another() -> bool:
            found = await self.topic(topic)
            return found is not None and (before is None or found.topic_id != before.topic_id)

        await _until(another, f"{topic} is another topic")

    async def begin_anew(self) -> None:
        """Gives the cluster the topics of the register as on its first day, each of them empty."""
        async with self._admin() as admin:
            there = await describe_topics(admin._client, [wanted.name for wanted in wanted_topics(1)])
        if there:
            await self.delete(*there)
        await self.create_missing()

    async def committed(self, group: str) -> dict[TopicPartition, int]:
        """How far a group has come, as the brokers have it."""
        async with self._admin() as admin:
            told = await admin.list_consumer_group_offsets(group)
        return {place: found.offset for place, found in told.items() if found.offset >= 0}

    async def move_group(self, group: str, to: Literal["start", "end"], topics: Sequence[str]) -> None:
        """Commits other places for a group, whose members must have been stopped: `kafka-consumer-groups
        --reset-offsets --to-earliest` or `--to-latest`."""
        await self._until_inactive(group)
        async with self._consumer(group) as consumer:
            starts, ends = await _bounds(consumer, topics)
            places = starts if to == "start" else ends
            consumer.assign(list(places))
            await consumer.commit(places)
        moved = await self.committed(group)
        if any(moved.get(place) != offset for place, offset in places.items()):
            raise DeedFailed(f"the places of {group} did not change")

    async def forget_group(self, group: str) -> None:
        """Deletes a group, if there is one, with all its places: `kafka-consumer-groups --delete`.

        Its members must have been stopped.
        """
        await self._until_inactive(group)
        async with self._admin() as admin:
            coordinator = await admin.find_coordinator(group)
            answer = await admin._send_request(DeleteGroupsRequest([group]), coordinator)
        for name, code in answer.results:
            if for_code(code) not in (NoError, GroupIdNotFound):
                raise DeedFailed(f"{name} could not be deleted: {for_code(code).__name__}")

    async def _until_inactive(self, group: str) -> None:
        """A member that was killed counts until its session ends."""

        async def inactive() -> bool:
            async with self._admin() as admin:
                [described] = await admin.describe_consumer_groups([group])
            return described.groups[0][2] in (_EMPTY, _NO_GROUP)

        await _until(inactive, f"{group} has no members")

    async def _until_shown(self, topic: str, settings: Mapping[str, str]) -> None:
        async def shown() -> bool:
            found = await self.config(topic)
            return all(found.get(name) == value for name, value in settings.items())

        await _until(shown, f"{topic} has {dict(settings)}")

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()

    @asynccontextmanager
    async def _consumer(self, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
        """One that reads nothing: it knows where partitions begin and end, and may say how far a group has come."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers, group_id=group, enable_auto_commit=False, auto_offset_reset="none"
        )
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()


async def _bounds(
    consumer: AIOKafkaConsumer, topics: Sequence[str]
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
    """Where each partition of some topics begins and ends."""
    described = await describe_topics(consumer._client, topics)
    if missing := set(topics) - set(described):
        raise UnknownTopicOrPartitionError(", ".join(sorted(missing)))
    places = [TopicPartition(name, number) for name, topic in described.items() for number in sorted(topic.partitions)]
    return await consumer.beginning_offsets(places), await consumer.end_offsets(places)


async def _entries(admin: AIOKafkaAdminClient, topic: str) -> Sequence[Any]:
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    [(code, message, _kind, _name, entries)] = answer.resources
    if code:
        raise DeedFailed(f"the settings of {topic} can't be read: {for_code(code).__name__} {message}")
    found: Sequence[Any] = entries
    return found


async def _own_config(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    return {entry[0]: entry[1] for entry in await _entries(admin, topic) if entry[3] == _SET_ON_THE_TOPIC}


async def _alter(admin: AIOKafkaAdminClient, topic: str, settings: Mapping[str, str]) -> None:
    """Gives a topic exactly these settings: Kafka takes back what this call does not name."""
    [answer] = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, dict(settings))])
    for code, message, *_ in answer.resources:
        if code:
            raise DeedFailed(f"{topic} does not take {dict(settings)}: {for_code(code).__name__} {message}")


async def _registered(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    brokers = len((await admin.describe_cluster())["brokers"])
    [found] = [each.config for each in wanted_topics(min(3, brokers)) if each.name == topic]
    return found


async def _until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(_SHOWN_WITHIN):
            while not await _holds(condition):  # noqa: ASYNC110 - brokers tell nobody what they have come to know
                await asyncio.sleep(_POLL)
    except TimeoutError as error:
        raise DeedFailed(f"not shown within {_SHOWN_WITHIN:.0f} s: {what}") from error


async def _holds(condition: Callable[[], Awaitable[bool]]) -> bool:
    """A broker that is just learning of a change may fail to describe it."""
    try:
        return await condition()
    except (KafkaError, DeedFailed, IllegalStateError):
        return False
