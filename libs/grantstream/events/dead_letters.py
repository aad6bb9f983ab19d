"""`<topic>.dead`: what a group could not consume, why, and where it stands.

Only the headers of the event itself are copied, by name: a dead letter never carries the producer's token or proof,
whatever the header was called that held them.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from grantstream.contracts.topics import TOPICS
from grantstream.events import dead_letter_headers as names
from grantstream.events.errors import DeadLetterFailed
from grantstream.events.record_window import Record, RecordWindow
from grantstream.events.topic_settings import MAX_DEAD_LETTER_BYTES
from grantstream.guard.uncounted import uncounted

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

CountDeadLetter = Callable[[str, str], None]
"""Is told the topic and the reason of each dead letter."""


class DeadLetters:
    """Publishes the dead letters of one consumer group."""

    def __init__(
        self, bootstrap_servers: str, group_id: str, *, deadline: float = 10.0, count: CountDeadLetter = uncounted
    ) -> None:
        self._group_id = group_id
        self._count = count
        self._window = RecordWindow(
            bootstrap_servers,
            client_id="grantstream-dead-letters",
            deadline=deadline,
            max_request_size=MAX_DEAD_LETTER_BYTES,
        )

    async def publish(self, record: Any, reason: str) -> None:
        """Sets a consumed record aside. Raises DeadLetterFailed; then nothing may be committed."""
        [outcome] = await self._window.send([dead_letter_of(record, reason, self._group_id)])
        if isinstance(outcome, Exception):
            raise DeadLetterFailed(record.topic) from outcome
        self._count(record.topic, reason)
        logger.warning(
            "dead letter: %s, partition %d, offset %d: %s", record.topic, record.partition, record.offset, reason
        )

    async def close(self) -> None:
        """Ends the producer."""
        await self._window.close()


def dead_letter_of(record: Any, reason: str, group_id: str) -> Record:
    """The dead letter of an aiokafka ConsumerRecord; what is too large for any topic is left out, and that is said."""
    value, key = record.value, record.key
    left_out = []
    if value is not None and len(value) > _MAX_VALUE_BYTES:
        value = None
        left_out.append("value")
    if key is not None and len(key) > _MAX_KEY_BYTES:
        key = None
        left_out.append("key")
    copied = list(_copied(record.headers))
    if any(value is not None and len(value) > _MAX_HEADER_BYTES for _, value in copied):
        copied = []
        left_out.append("headers")
    told = _told(record, reason, group_id, left_out)
    return Record(
        topic=TOPICS[record.topic].dead_letters,
        key=key,
        value=value if value is not None or key is not None else b"",
        headers=[*copied, *((name, text.encode()) for name, text in told.items())],
    )


def _told(record: Any, reason: str, group_id: str, left_out: Iterable[str]) -> dict[str, str]:
    told = {
        names.REASON: reason,
        names.GROUP: group_id,
        names.TOPIC: record.topic,
        names.PARTITION: str(record.partition),
        names.OFFSET: str(record.offset),
        names.APPENDED_AT: str(record.timestamp),
    }
    if listed := ",".join(left_out):
        told[names.LEFT_OUT] = listed
    return told


def _copied(headers: Iterable[tuple[str, bytes | None]]) -> Iterator[tuple[str, bytes | None]]:
    """The event's own headers, the first of each name."""
    seen = set()
    for name, value in headers:
        if name in _COPIED and name not in seen:
            seen.add(name)
            yield name, value
