"""Records of topics, read without a consumer group: from a time in the past to the end, or endlessly."""

import time
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from grantstream.cli.errors import CommandFailed
from grantstream.kafka.followed_topics import FollowedTopics
from grantstream.kafka.groupless_consumer import GrouplessConsumer

_POLL: Final = 0.5
_AT_A_TIME: Final = 500
_LOOK_LIMIT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Span:
    """Which records to read. `since`: seconds back from now; None: from the start; 0: only new ones."""

    since: float | None = None
    follow: bool = False


async def read_records(bootstrap_servers: str, names: Collection[str], span: Span) -> AsyncIterator[Any]:
    """The records of the topics, as aiokafka returns them, in the order of each partition.

    Without `follow` it stops at the ends that the partitions had at first. With it, added partitions are read, too, and
    a topic that is created again is read from its start. Raises CommandFailed if a topic does not exist, KafkaError and
    TimeoutError.
    """
    # Two clients: while one waits for records, its connection answers no other request.
    reader, surveyor = (
        GrouplessConsumer(bootstrap_servers=bootstrap_servers, auto_offset_reset="none") for _ in range(2)
    )
    async with reader, surveyor:
        followed = FollowedTopics(reader, surveyor, names)
        await followed.look(_LOOK_LIMIT)
        if missing := sorted(set(names) - followed.topics.keys()):
            raise CommandFailed(f"The brokers have no topic {', '.join(missing)}: run `grantstream topics apply`.")
        ends = await surveyor.end_offsets(list(followed.next))
        await _seek_start(followed, surveyor, ends, span)
        while span.follow or any(followed.next.get(place, end) < end for place, end in ends.items()):
            for record in await followed.read(wait=_POLL, at_most=_AT_A_TIME):
                if span.follow or record.offset < ends[TopicPartition(record.topic, record.partition)]:
                    yield record
            replaced = await followed.look_if_due()
            if not span.follow:
                ends = {place: end for place, end in ends.items() if place.topic not in replaced}


async def _seek_start(
    followed: FollowedTopics, surveyor: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], span: Span
) -> None:
    if span.since is not None and ends:
        moment = int((time.time() - span.since) * 1000)
        starts = await surveyor.offsets_for_times(dict.fromkeys(ends, moment))
        followed.go_to({place: ends[place] if starts.get(place) is None else starts[place].offset for place in ends})
