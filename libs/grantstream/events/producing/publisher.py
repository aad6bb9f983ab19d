"""Publishing from a program without a database: an event is sent directly to its topic.

    async with Publisher(bootstrap_servers, credentials) as publisher:
        appended = await publisher.publish(AppRegistered(...))

A program that publishes changes of its own database uses `outbox_publisher.py` instead: it can't lose an event between
the commit and the broker.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, Self

from grantstream.contracts.events.register import TYPE_OF_DATA
from grantstream.contracts.events.state import AggregateState, EventData
from grantstream.events.errors import EventTooLarge, NotAllowedToPublish, NotAppended, TokenUnavailable
from grantstream.events.producing.outbox import OutboxEvent, change_of, prepared
from grantstream.events.producing.own_token import ProducerRights
from grantstream.events.producing.send_queue import Appended, PublisherSettings, SendQueue, Waiting
from grantstream.events.producing.sender import Sender
from grantstream.fence import CredentialSource
from grantstream.kafka.record_window import RecordWindow

_DEFAULT_SETTINGS: Final = PublisherSettings()


class Publisher:
    """Publishes events with the credential of `credentials`. An async context manager.

    `source` is the `ce_source` of its events; by default `urn:grantstream:client:` and the client's id. Any number of
    tasks may publish at the same time. Every method that publishes returns when the broker has acknowledged the events,
    with an append time at which their access token was valid, and raises

    - EventTooLarge, NotAllowedToPublish, TypeError: before anything is sent;
    - TokenUnavailable: if there is no access token for `settings.limit` seconds;
    - NotAppended: after `settings.limit` seconds, or as soon as the broker refuses the event for good.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        credentials: CredentialSource,
        *,
        source: str | None = None,
        settings: PublisherSettings = _DEFAULT_SETTINGS,
    ) -> None:
        self._credentials = credentials
        self._source = source
        self._settings = settings
        window = RecordWindow(bootstrap_servers, client_id="grantstream-publisher", deadline=settings.send_deadline)
        self._queue = SendQueue(Sender(window), credentials, settings)
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._queue.run(), name="publisher")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def publish(
        self,
        event: EventData,
        *,
        subject: str | None = None,
        event_id: str | None = None,
        traceparent: str | None = None,
    ) -> Appended:
        """Publishes one event, and returns its place in the topic.

        `subject` is needed only for an event without its own. `event_id`: the `ce_id` of an earlier attempt that ended
        in NotAppended. `traceparent`: of the request that caused the event (W3C Trace Context).
        """
        [appended] = await self._publish([await self._prepared(event, subject, event_id, traceparent)])
        return appended

    async def publish_many(self, events: Sequence[EventData]) -> list[Appended]:
        """Publishes events that have their own subjects; events of one key in the given order.

        If one fails, any of the others may have been appended.
        """
        return await self._publish([await self._prepared(event) for event in events])

    async def publish_change(self, state: AggregateState) -> Appended:
        """Publishes the new state of an aggregate, and then its version on the fence.

        Then no process of the platform uses an older row, and tokens below `void_below` are void. The token also needs
        the scope `fence.event.writeonly`.
        """
        both = [await self._prepared(state), await self._prepared(change_of(state))]
        [appended] = await self._publish(both[:1])
        # Only then: a version on the fence that stands on no topic would make its rows unusable.
        await self._publish(both[1:])
        return appended

    async def _prepared(
        self,
        event: EventData,
        subject: str | None = None,
        event_id: str | None = None,
        traceparent: str | None = None,
    ) -> OutboxEvent:
        """The event with all its attributes. Raises if it may not be published."""
        kind = TYPE_OF_DATA.get(type(event))
        if kind is None:
            raise TypeError(f"{type(event).__name__} is no event of grantstream.contracts.events")
        rights = await self._rights()
        source = self._source or f"urn:grantstream:client:{rights.client_id}"
        made = prepared(event, source=source, now=datetime.now(UTC), subject=subject, traceparent=traceparent)
        if made.size > self._settings.max_event_bytes:
            raise EventTooLarge(made.type, made.size, self._settings.max_event_bytes)
        if missing := rights.missing_for(kind.topic, made.subject):
            raise NotAllowedToPublish(f"{made.type}: {missing}")
        return made if event_id is None else replace(made, id=event_id)

    async def _rights(self) -> ProducerRights:
        try:
            async with asyncio.timeout(self._settings.limit):
                return ProducerRights.of((await self._credentials.current()).token)
        except TimeoutError:
            # A ClientCredentialsToken has this attribute; other sources need not.
            why = getattr(self._credentials, "hindrance", None)
            raise TokenUnavailable(f"none in {self._settings.limit:g} s{f': {why}' if why else ''}") from None

    async def _publish(self, events: Sequence[OutboxEvent]) -> list[Appended]:
        if self._running is None or self._running.done():
            raise RuntimeError("a publisher publishes between its `async with` and its end")
        waiting = [self._queue.put(event) for event in events]
        futures = [each.appended for each in waiting]
        try:
            async with asyncio.timeout(self._settings.limit):
                return await asyncio.gather(*futures)
        except TimeoutError:
            late = next(each for each in waiting if not _is_appended(each))
            raise NotAppended(late.event.type, late.event.id, late.hindrance) from None
        finally:
            for future in futures:
                future.cancel()


def _is_appended(waiting: Waiting) -> bool:
    future = waiting.appended
    return future.done() and not future.cancelled() and future.exception() is None
