"""Records of topics, read without a consumer group: from a place in the past to the end, or on and on."""

import time
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from grantstream.cli.errors import CommandFailed
from grantstream.fence.groupless_consumer import GrouplessConsumer
from grantstream.kafka.followed_topics import FollowedTopics

_POLL: Final = 0.5
_AT_A_TIME: Final = 500
_LOOK_LIMIT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Span:
    """What is read. `since`: seconds back from now; None: from the very start; 0: only what is new."""

    since: float | None = None
    follow: bool = False


async def read_records(bootstrap_servers: str, names: Collection[str], span: Span) -> AsyncIterator[Any]:
    """Records of the topics, as aiokafka has them, in the order of each partition.

    Without `follow` it ends at what was the end when it began. With it, partitions that are added are read, too, and a
    topic that is created anew is read from its start. Raises CommandFailed if a topic does not exist, KafkaError and
    TimeoutError.
    """
    # Two clients: on the connection of one that waits for records, no question is answered meanwhile.
    reader, surveyor = (
        GrouplessConsumer(bootstrap_servers=bootstrap_servers, auto_offset_reset="none") for _ in range(2)
    )
    async with reader, surveyor:
        followed = FollowedTopics(reader, surveyor, names)
        await followed.look(_LOOK_LIMIT)
        if missing := sorted(set(names) - followed.topics.keys()):
            raise CommandFailed(f"The brokers have no topic {', '.join(missing)}: run `grantstream topics apply`.")
        ends = await surveyor.end_offsets(list(followed.next))
        await _go_to_the_beginning(followed, surveyor, ends, span)
        while span.follow or any(followed.next.get(place, end) < end for place, end in ends.items()):
            for record in await followed.read(wait=_POLL, at_most=_AT_A_TIME):
                if span.follow or record.offset < ends[TopicPartition(record.topic, record.partition)]:
                    yield record
            replaced = await followed.look_now_and_then()
            if not span.follow:
                ends = {place: end for place, end in ends.items() if place.topic not in replaced}


async def _go_to_the_beginning(
    followed: FollowedTopics, surveyor: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], span: Span
) -> None:
    if span.since is not None and ends:
        moment = int((time.time() - span.since) * 1000)
        found = await surveyor.offsets_for_times(dict.fromkeys(ends, moment))
        followed.go_to({place: ends[place] if found.get(place) is None else found[place].offset for place in ends})
