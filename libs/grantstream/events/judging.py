"""What is to be done with a record, before any handler sees it."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from grantstream.contracts.events.state import EventData
from grantstream.events.consumer_settings import ConsumerSettings
from grantstream.events.received import ReceivedEnvelope
from grantstream.guard import EventRefused, Guard, JudgedEvent, RefusalCode
from grantstream.guard.kafka_record import judge_record

logger = logging.getLogger(__name__)

_SKIPPED: Final = frozenset({RefusalCode.EVENT_TOMBSTONE, RefusalCode.EVENT_TYPE_UNKNOWN})
"""A tombstone says nothing that a state didn't say; a type that is not known here is for newer consumers."""

_NO_HANDLER: Final = "no_handler"
_JUDGING_FAILED: Final = "judging_failed"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event for a handler. `record` is aiokafka's."""

    record: Any
    envelope: ReceivedEnvelope
    data: EventData


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing is to be done."""

    record: Any
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A dead letter."""

    record: Any
    reason: str


Verdict = Accepted | Skipped | Refused


class Judge:
    """Asks the guard about each record."""

    def __init__(self, guard: Guard, handled_types: Mapping[str, object], settings: ConsumerSettings) -> None:
        self._guard = guard
        self._handled_types = handled_types
        self._settings = settings

    async def judge(self, record: Any) -> Verdict:
        """Judges one aiokafka ConsumerRecord, waiting a while for a signing key that isn't known yet.

        What is too old waits for no key: so nobody can hold up a partition with tokens of invented keys for longer
        than that age, however many.
        """
        waiting_until = time.monotonic() + self._settings.key_limit
        while True:
            try:
                return self._accepted(record, judge_record(self._guard, record))
            except EventRefused as refusal:
                if refusal.code in _SKIPPED:
                    return Skipped(record, refusal.code)
                if refusal.code is not RefusalCode.KID_UNKNOWN or not self._may_wait(record, waiting_until):
                    return Refused(record, refusal.code)
            except Exception as error:
                # Whatever a stranger sent made the guard itself fail: it stays out, and holds up nobody.
                logger.error("a record could not be judged: %s", type(error).__name__)
                return Refused(record, _JUDGING_FAILED)
            await asyncio.sleep(self._settings.key_poll)

    def _may_wait(self, record: Any, waiting_until: float) -> bool:
        age = time.time() - record.timestamp / 1000
        too_old = age > self._settings.key_limit + self._settings.clock_tolerance
        return not too_old and time.monotonic() < waiting_until

    def _accepted(self, record: Any, event: JudgedEvent) -> Verdict:
        envelope = event.envelope
        if envelope.type not in self._handled_types:
            return Skipped(record, _NO_HANDLER)
        received = ReceivedEnvelope(
            id=envelope.id,
            type=envelope.type,
            source=envelope.source,
            subject=envelope.subject,
            time=envelope.time,
            dataschema=envelope.dataschema,
            traceparent=envelope.traceparent,
            claims=event.claims,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            appended_at=record.timestamp / 1000,
        )
        return Accepted(record, received, event.data)
