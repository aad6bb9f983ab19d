"""What is done with a batch of records: all of it, or it is done again.

First in one transaction, as nearly always nothing is wrong. If a handler fails, one by one: an event's own fault
ends in its dead letter, a passing one is tried until it has passed. Only then is the batch acknowledged, so the order
of each partition holds and nothing is ever committed past an event that is neither applied nor set aside. To do a part
of a batch twice changes nothing: handlers only write what a newer version, or the inbox, decides.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from grantstream.events.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.dead_letters import DeadLetters
from grantstream.events.errors import DeadLetterFailed
from grantstream.events.faults import code_of, is_passing, is_poison
from grantstream.events.judging import Accepted, Judge, Refused, Skipped, Verdict
from grantstream.events.received import ReceivedEnvelope
from grantstream.events.retry_pause import RetryPause

logger = logging.getLogger(__name__)

Handler = Callable[[Any, Any, ReceivedEnvelope], Awaitable[object]]
"""`handler(connection, event_data, envelope)`: runs in a transaction of the asyncpg `connection`.

It may write through that connection and do nothing else, for it may run again. Without a pool `connection` is None;
then whatever the handler does must be the same when it is done again.
"""


class BatchHandler:
    """Applies batches with the handlers of an application, each named by its event type."""

    def __init__(
        self,
        pool: Any,
        judge: Judge,
        handlers: Mapping[str, Handler],
        dead_letters: DeadLetters,
        settings: ConsumerSettings,
        observer: ConsumerObserver,
    ) -> None:
        self._pool = pool
        self._judge = judge
        self._handlers = handlers
        self._dead_letters = dead_letters
        self._settings = settings
        self._observer = observer

    async def handle(self, records: Sequence[Any]) -> None:
        """Returns once each record was applied, skipped or set aside. Raises only when cancelled."""
        verdicts = [await self._judge.judge(record) for record in records]
        accepted = [verdict for verdict in verdicts if isinstance(verdict, Accepted)]
        if accepted and not await self._applied_together(accepted):
            for event in accepted:
                await self._apply_alone(event)
        for verdict in verdicts:
            await self._set_aside(verdict)

    async def _applied_together(self, events: Sequence[Accepted]) -> bool:
        try:
            async with self._transaction() as connection:
                for event in events:
                    await self._handlers[event.envelope.type](connection, event.data, event.envelope)
        except Exception as error:
            logger.info("a batch is handled one by one: %s", type(error).__name__)
            return False
        for topic, count in Counter(event.record.topic for event in events).items():
            self._observer.handled(topic, count)
        return True

    async def _apply_alone(self, event: Accepted) -> None:
        """Applies one event, however long it takes, or sets it aside if it is its own fault."""
        pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        own_faults = 0
        while True:
            try:
                async with self._transaction() as connection:
                    await self._handlers[event.envelope.type](connection, event.data, event.envelope)
            except Exception as error:
                own_faults += not is_passing(error)
                if is_poison(error) or own_faults >= self._settings.poison_tries:
                    _log_failure(event, error)
                    return await self._set_aside(Refused(event.record, code_of(error)))
                self._observer.retried(event.record.topic, type(error).__name__)
                await asyncio.sleep(pause.next())
            else:
                return self._observer.handled(event.record.topic, 1)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Any]:
        if self._pool is None:
            yield None
            return
        limit = self._settings.connection_limit
        async with self._pool.acquire(timeout=limit) as connection, connection.transaction():
            yield connection

    async def _set_aside(self, verdict: Verdict) -> None:
        if isinstance(verdict, Skipped):
            self._observer.skipped(verdict.record.topic, verdict.why)
        elif isinstance(verdict, Refused):
            await self._publish_dead_letter(verdict)

    async def _publish_dead_letter(self, refused: Refused) -> None:
        """Goes on until the broker has it: whoever acknowledged without it would lose the event."""
        pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        while True:
            try:
                return await self._dead_letters.publish(refused.record, refused.reason)
            except DeadLetterFailed as error:
                self._observer.retried(refused.record.topic, type(error).__name__)
                await asyncio.sleep(pause.next())


def _log_failure(event: Accepted, error: Exception) -> None:
    """Says where it failed, and never what the event says: texts of the driver quote values."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    logger.error(
        "an event could not be applied: %s %s (%s at %s:%s)",
        event.envelope.type,
        event.envelope.id,
        type(error).__name__,
        place.tb_frame.f_code.co_name if place else "?",
        place.tb_lineno if place else "?",
    )
