"""Runs handlers: for many events in one transaction, or for one event until it is applied or rejected."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

from grantstream.contracts.events.state import AggregateState
from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.consuming.faults import code_of, is_passing, is_poison
from grantstream.events.consuming.judging import Accepted, ReceivedEnvelope, Rejected
from grantstream.events.consuming.projection import Projection
from grantstream.kafka.retry_pause import RetryPause
from grantstream.postgres.pool import Pool

logger = logging.getLogger(__name__)

HandlerConnection: TypeAlias = Any
"""A `Connection`, or None without a pool: an application knows which, and may declare its handlers for that alone."""

Handler = Callable[[HandlerConnection, Any, ReceivedEnvelope], Awaitable[object]]
"""`handler(connection, event_data, envelope)`: runs in a transaction of the asyncpg `connection`.

A handler may only write through that connection, because it may run again. Without a pool `connection` is None; then
the handler must be idempotent. A `Projection` is a handler, too.
"""

Also = Callable[[HandlerConnection], Awaitable[object]]

_LONGEST_NAME: Final = 64


class Applying:
    """Applies accepted events with the handlers of an application, each named by its event type."""

    def __init__(
        self, pool: Pool | None, handlers: Mapping[str, Handler], settings: ConsumerSettings, observer: ConsumerObserver
    ) -> None:
        self._pool = pool
        self._handlers = handlers
        self._settings = settings
        self._observer = observer

    async def together(self, events: Sequence[Accepted]) -> bool:
        """Applies all events, or none. Returns whether it did."""
        try:
            async with self.transaction() as connection:
                await self._handle_all(connection, events)
        except Exception as error:
            logger.info("a batch is handled one by one: %s", type(error).__name__)
            return False
        for topic, count in Counter(event.record.topic for event in events).items():
            self._observer.handled(topic, count)
        return True

    async def alone(self, event: Accepted, also: Also | None = None) -> Rejected | None:
        """Applies one event, however long it takes. Returns the rejection if the event itself is the fault.

        `also` runs in the same transaction.
        """
        pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        own_faults = 0
        while True:
            try:
                async with self.transaction() as connection:
                    await self._handlers[event.envelope.type](connection, event.data, event.envelope)
                    if also is not None:
                        await also(connection)
            except Exception as error:
                own_faults += not is_passing(error)
                if is_poison(error) or own_faults >= self._settings.poison_tries:
                    _log_failure(event, error)
                    state = event.data if isinstance(event.data, AggregateState) else None
                    return Rejected(event.record, code_of(error), state)
                self._observer.retried(event.record.topic, type(error).__name__)
                await asyncio.sleep(pause.next())
            else:
                self._observer.handled(event.record.topic, 1)
                return None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[HandlerConnection]:
        """A connection in a transaction; None without a pool."""
        if self._pool is None:
            yield None
            return
        limit = self._settings.connection_limit
        async with self._pool.acquire(timeout=limit) as connection, connection.transaction():
            yield connection

    async def _handle_all(self, connection: HandlerConnection, events: Sequence[Accepted]) -> None:
        """In order, but each projection applies its events together: topics have no order between them."""
        projected: dict[int, tuple[Projection[Any], list[Any]]] = {}
        for event in events:
            handler = self._handlers[event.envelope.type]
            if isinstance(handler, Projection):
                projected.setdefault(id(handler), (handler, []))[1].append(event.data)
            else:
                await handler(connection, event.data, event.envelope)
        for projection, states in projected.values():
            await projection.take(connection, states)


def _log_failure(event: Accepted, error: Exception) -> None:
    """Logs where the handler failed, without the error's text: the driver's texts quote values."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    logger.error(
        "an event could not be applied: %s %s (%s at %s:%s)",
        event.envelope.type,
        event.envelope.id[:_LONGEST_NAME],
        type(error).__name__,
        place.tb_frame.f_code.co_name if place else "?",
        place.tb_lineno if place else "?",
    )
