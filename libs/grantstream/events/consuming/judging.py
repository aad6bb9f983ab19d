"""The verdict on a record, before any handler runs, and the envelope of an accepted event."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.errors import KafkaError

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.state import AggregateState, EventData
from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.guard import EventRefused, Guard, JudgedEvent, RefusalCode
from grantstream.guard.kafka_record import judge_record
from grantstream.kafka.retry_pause import RetryPause


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedEnvelope(Envelope):
    """The attributes of an event, the claims of its producer's token, and its place in the topic.

    `appended_at` is the broker's append time in seconds since 1970: the only time to base decisions on.
    """

    claims: AccessTokenClaims
    topic: str
    partition: int
    offset: int
    appended_at: float


logger = logging.getLogger(__name__)

CatchUpKeys = Callable[[float], Awaitable[None]]
"""Returns once every signing key that was published before the call is known; raises TimeoutError or KafkaError if that
takes longer than so many seconds (`KeyFollower.catch_up`)."""

_SKIPPED: Final = frozenset({RefusalCode.EVENT_TOMBSTONE, RefusalCode.EVENT_TYPE_UNKNOWN})
"""A tombstone says nothing beyond the state before it; an unknown type is for newer consumers."""

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
    """A record that is acknowledged without a handler."""

    record: Any
    why: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record to be dead-lettered. `state`: its data, if the guard accepted it and it is a state."""

    record: Any
    reason: str
    state: AggregateState | None = None


Verdict = Accepted | Skipped | Rejected


class Judge:
    """Asks the guard about each record.

    With `catch_up_keys` it is certain whether a signing key was ever published, because a key is published before it
    signs. Without it, a record that is not older than `key_limit` waits that long for its key.
    """

    def __init__(
        self,
        guard: Guard,
        handled_types: Collection[str],
        settings: ConsumerSettings,
        catch_up_keys: CatchUpKeys | None = None,
    ) -> None:
        self._guard = guard
        self._handled_types = handled_types
        self._settings = settings
        self._catch_up_keys = catch_up_keys

    async def judge(self, record: Any) -> Verdict:
        """Judges one aiokafka ConsumerRecord; see `judge_all`."""
        [verdict] = await self.judge_all([record])
        return verdict

    async def judge_all(self, records: Sequence[Any]) -> list[Verdict]:
        """The verdict on each record. All records wait together for unknown signing keys.

        So a batch waits once, however many invented keys it names.
        """
        verdicts = [self._verdict(record) for record in records]
        missing = [place for place, verdict in enumerate(verdicts) if _lacks_key(verdict)]
        if not missing:
            return verdicts
        if self._catch_up_keys is not None:
            await self._until_caught_up(self._catch_up_keys)
            return [self._verdict(verdict.record) if _lacks_key(verdict) else verdict for verdict in verdicts]
        deadline = time.monotonic() + self._settings.key_limit
        while missing := [place for place in missing if self._may_wait(records[place])]:
            await asyncio.sleep(self._settings.key_poll)
            for place in missing:
                verdicts[place] = self._verdict(records[place])
            missing = [place for place in missing if _lacks_key(verdicts[place])]
            if time.monotonic() > deadline:
                break
        return verdicts

    async def _until_caught_up(self, catch_up_keys: CatchUpKeys) -> None:
        """Retries until it succeeds: an event is not at fault if the broker can't be asked."""
        pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        while True:
            try:
                return await catch_up_keys(self._settings.key_limit)
            except (KafkaError, OSError, TimeoutError) as error:
                logger.warning("whether a signing key was published is not known: %s", type(error).__name__)
            await asyncio.sleep(pause.next())

    def _verdict(self, record: Any) -> Verdict:
        try:
            return self._accepted(record, judge_record(self._guard, record))
        except EventRefused as refusal:
            if refusal.code in _SKIPPED:
                return Skipped(record, refusal.code)
            return Rejected(record, refusal.code)
        except Exception as error:
            # The record made the guard itself fail: it is rejected, so that it can't block its partition.
            logger.error("a record could not be judged: %s", type(error).__name__)
            return Rejected(record, _JUDGING_FAILED)

    def _may_wait(self, record: Any) -> bool:
        # Older records do not wait for keys, so no producer can block a partition for longer than that age.
        age: float = time.time() - record.timestamp / 1000
        return age <= self._settings.key_limit + self._settings.clock_tolerance

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


def _lacks_key(verdict: Verdict) -> bool:
    return isinstance(verdict, Rejected) and verdict.reason == RefusalCode.KID_UNKNOWN
