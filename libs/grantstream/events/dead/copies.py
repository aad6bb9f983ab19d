"""`<topic>.dead`: what a group could not consume, why, and where it stands.

Only the headers of the event itself are copied, by name: a dead letter never carries the producer's token or proof,
whatever the header was called that held them. Where a token stands in a value, which nobody should have put there, the
value is left out.

The copy is for people: anybody who may write to the topic may append copies. What decides is the row (`rows.py`).
"""

import logging
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from grantstream.contracts.no_op import no_op
from grantstream.contracts.topics import TOPICS
from grantstream.events.dead.rows import DeadLetter
from grantstream.events.errors import DeadLetterFailed
from grantstream.kafka.record_window import Record, RecordWindow
from grantstream.kafka.topic_reading import open_topics
from grantstream.kafka.topic_settings import MAX_DEAD_LETTER_BYTES

REASON: Final = "dead-reason"
"""A stable code: of the guard's refusals, of a PoisonEvent, or one of `event_not_storable`, `handler_failed`,
`judging_failed`."""

GROUP: Final = "dead-group"
"""The consumer group that could not take the event."""

TOPIC: Final = "dead-topic"
PARTITION: Final = "dead-partition"
OFFSET: Final = "dead-offset"
"""With topic and partition: where the event itself still stands, with its token, while the topic keeps it."""

APPENDED_AT: Final = "dead-appended-at"
"""When the broker appended the event, in milliseconds since 1970."""

LEFT_OUT: Final = "dead-left-out"
"""What was too large to be copied, or held a token, with commas: `value`, `key`, `headers`."""


logger = logging.getLogger(__name__)

_COPIED: Final = frozenset(
    {
        *("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_dataschema"),
        *("content-type", "traceparent"),
    }
)
_MAX_VALUE_BYTES: Final = MAX_DEAD_LETTER_BYTES * 3 // 4
_MAX_KEY_BYTES: Final = 4_096
_MAX_HEADER_BYTES: Final = 4_096
_TOKEN: Final = re.compile(rb"eyJ[\w-]{10,}\.[\w-]{10,}\.")
"""How every JWT begins: a JSON object in base64url, twice."""

CountDeadLetter = Callable[[str, str], None]
"""Receives the topic and the reason of each dead letter."""


def dead_letter_window(bootstrap_servers: str, deadline: float = 10.0) -> RecordWindow:
    """What copies are sent with; `deadline` seconds for each window."""
    return RecordWindow(
        bootstrap_servers,
        client_id="grantstream-dead-letters",
        deadline=deadline,
        max_request_size=MAX_DEAD_LETTER_BYTES,
    )


class DeadLetterCopies:
    """Publishes copies of the dead letters of one consumer group."""

    def __init__(self, window: RecordWindow, group_id: str, *, count: CountDeadLetter = no_op) -> None:
        self._window = window
        self._group_id = group_id
        self._count = count

    async def publish(self, refused: Sequence[tuple[Any, str]]) -> None:
        """Copies consumed records, each with its reason. Raises DeadLetterFailed; then nothing may be committed."""
        outcomes = await self._window.send([copy_of(record, reason, self._group_id) for record, reason in refused])
        for (record, _), outcome in zip(refused, outcomes, strict=True):
            if isinstance(outcome, Exception):
                raise DeadLetterFailed(record.topic) from outcome
        for record, reason in refused:
            self._count(record.topic, reason)
            logger.warning(
                "dead letter: %s, partition %d, offset %d: %s", record.topic, record.partition, record.offset, reason
            )


def copy_of(record: Any, reason: str, group_id: str) -> Record:
    """The copy of an aiokafka ConsumerRecord. What is too large or holds a token is left out, as it says."""
    value, key = record.value, record.key
    left_out = []
    if not _fits(value, _MAX_VALUE_BYTES):
        value = None
        left_out.append("value")
    if not _fits(key, _MAX_KEY_BYTES):
        key = None
        left_out.append("key")
    copied = list(_copied(record.headers))
    if not all(_fits(value, _MAX_HEADER_BYTES) for _, value in copied):
        copied = []
        left_out.append("headers")
    headers = _headers_of(record, reason, group_id, left_out)
    return Record(
        topic=TOPICS[record.topic].dead_letters,
        key=key,
        value=value if value is not None or key is not None else b"",
        headers=[*copied, *((name, text.encode()) for name, text in headers.items())],
    )


def _fits(part: bytes | None, most: int) -> bool:
    """Whether a part of a record may be copied: no topic takes more, and nobody may read a token."""
    return part is None or (len(part) <= most and _TOKEN.search(part) is None)


def _headers_of(record: Any, reason: str, group_id: str, left_out: Iterable[str]) -> dict[str, str]:
    headers = {
        REASON: reason,
        GROUP: group_id,
        TOPIC: record.topic,
        PARTITION: str(record.partition),
        OFFSET: str(record.offset),
        APPENDED_AT: str(record.timestamp),
    }
    if listed := ",".join(left_out):
        headers[LEFT_OUT] = listed
    return headers


def _copied(headers: Iterable[tuple[str, bytes | None]]) -> Iterator[tuple[str, bytes | None]]:
    """The event's own headers, the first of each name."""
    seen = set()
    for name, value in headers:
        if name in _COPIED and name not in seen:
            seen.add(name)
            yield name, value


_ALL: Final = frozenset(TOPICS)
_LONGEST: Final = 255
_LARGEST: Final = 2**47
"""More than any topic has records, and a time in milliseconds that every calendar knows."""


async def read_copies(bootstrap_servers: str, topics: Collection[str] = _ALL) -> AsyncIterator[DeadLetter]:
    """What the copies on these topics' `.dead` topics say, true or not. Raises TopicsUnreadable and KafkaError."""
    async with open_topics(bootstrap_servers, [TOPICS[topic].dead_letters for topic in topics]) as reading:
        async for records in reading.to_the_ends():
            for copy in filter(None, map(_copy, records)):
                yield copy


def _copy(record: Any) -> DeadLetter | None:
    """None if the record is no copy of a dead letter of this topic."""
    headers = {name: value for name, value in record.headers if value is not None}
    try:
        copy = DeadLetter(
            group_id=headers[GROUP].decode()[:_LONGEST],
            topic=headers[TOPIC].decode(),
            partition=_number(headers[PARTITION]),
            offset=_number(headers[OFFSET]),
            appended_at_ms=_number(headers[APPENDED_AT]),
            reason=headers[REASON].decode()[:_LONGEST],
        )
    except (KeyError, ValueError):
        return None
    return copy if record.topic == f"{copy.topic}.dead" else None


def _number(text: bytes) -> int:
    number = int(text)
    if not 0 <= number < _LARGEST:
        raise ValueError("no place and no time")
    return number
