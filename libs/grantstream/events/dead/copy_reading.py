"""The copies on `<topic>.dead`, read for people. Nobody vouches for them: whoever may write there may append any."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Any, Final

from grantstream.contracts.topics import TOPICS
from grantstream.events.dead import copy_headers as names
from grantstream.kafka.topic_reading import open_topics

_ALL: Final = frozenset(TOPICS)
_LONGEST: Final = 255
_LARGEST: Final = 2**47
"""More than any topic has records, and a time in milliseconds that every calendar knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterCopy:
    """What a copy says: which record, which group, and why; `appended_at_ms`: milliseconds since 1970."""

    group_id: str
    topic: str
    partition: int
    offset: int
    appended_at_ms: int
    reason: str


async def read_copies(bootstrap_servers: str, topics: Collection[str] = _ALL) -> AsyncIterator[DeadLetterCopy]:
    """All copies of the dead letters of these topics. Raises TopicsUnreadable and KafkaError."""
    async with open_topics(bootstrap_servers, [TOPICS[topic].dead_letters for topic in topics]) as reading:
        async for records in reading.to_the_ends():
            for copy in filter(None, map(_copy, records)):
                yield copy


def _copy(record: Any) -> DeadLetterCopy | None:
    """None if the record is no copy of a dead letter of this topic."""
    headers = {name: value for name, value in record.headers if value is not None}
    try:
        copy = DeadLetterCopy(
            group_id=headers[names.GROUP].decode()[:_LONGEST],
            topic=headers[names.TOPIC].decode(),
            partition=_number(headers[names.PARTITION]),
            offset=_number(headers[names.OFFSET]),
            appended_at_ms=_number(headers[names.APPENDED_AT]),
            reason=headers[names.REASON].decode()[:_LONGEST],
        )
    except (KeyError, ValueError):
        return None
    return copy if record.topic == f"{copy.topic}.dead" else None


def _number(text: bytes) -> int:
    number = int(text)
    if not 0 <= number < _LARGEST:
        raise ValueError("no place and no time")
    return number
