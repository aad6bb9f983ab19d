"""The queue of events to the broker: signed and sent in windows, and sent again until they are acknowledged.

Tasks that publish at the same time share a window, and so a signature. An event that was not acknowledged is sent
again, together with all later ones of its subject, so that the last record of a key is always the latest event.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)

from grantstream.events.errors import Behind, NotAppended, TokenOutlived, TokenUnavailable
from grantstream.events.producing.outbox import MAX_EVENT_BYTES, OutboxEvent
from grantstream.events.producing.sender import Sender, Sent
from grantstream.fence import CredentialSource
from grantstream.kafka.errors import TopicFault
from grantstream.kafka.record_window import Acknowledged
from grantstream.kafka.retry_pause import RetryPause
from grantstream.proof import Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherSettings:
    """All times in seconds.

    `limit`: the longest that one call waits for the broker; within it, sends are retried with pauses between
    `first_pause` and `longest_pause`. `send_deadline`: the longest that one attempt may take. `window`: at most so many
    events are signed and sent together. `max_event_bytes`: the largest event.
    """

    limit: float = 30.0
    send_deadline: float = 10.0
    first_pause: float = 0.05
    longest_pause: float = 2.0
    window: int = 500
    max_event_bytes: int = MAX_EVENT_BYTES


logger = logging.getLogger(__name__)

_HOPELESS: Final = (
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    ValueError,
    AssertionError,
)
"""Errors of the broker or of its client that no retry changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """An event's place in its topic; `appended_at` is the broker's append time in seconds since 1970."""

    topic: str
    partition: int
    offset: int
    appended_at: float
    event_id: str


@dataclass(eq=False, slots=True)
class Waiting:
    """An event that a task waits for. `hindrance`: why it was not sent yet, as a text for people."""

    event: OutboxEvent
    appended: "asyncio.Future[Appended]"
    hindrance: str = "it was not sent"

    def fail(self) -> None:
        """Makes the waiting task raise NotAppended."""
        if not self.appended.done():
            self.appended.set_exception(NotAppended(self.event.type, self.event.id, self.hindrance))


class SendQueue:
    """The queue, and the one task that sends the events of all publishing tasks."""

    def __init__(self, sender: Sender, credentials: CredentialSource, settings: PublisherSettings) -> None:
        self._sender = sender
        self._credentials = credentials
        self._settings = settings
        self._waiting: deque[Waiting] = deque()
        self._has_work = asyncio.Event()
        self._pause = RetryPause(settings.first_pause, settings.longest_pause)
        self._alone = False
        """Events are sent one by one, to find the one that the broker refuses."""

    def put(self, event: OutboxEvent) -> Waiting:
        """Queues an event; a task that stops waiting cancels its future."""
        waiting = Waiting(event, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._has_work.set()
        return waiting

    async def run(self) -> None:
        """Sends until it is cancelled; then all waiting events fail."""
        try:
            while True:
                await self._has_work.wait()
                if window := self._next_window():
                    await self._send(window)
                else:
                    self._has_work.clear()
        finally:
            for waiting in self._waiting:
                waiting.fail()
            await self._sender.close()

    def _next_window(self) -> list[Waiting]:
        self._waiting = deque(waiting for waiting in self._waiting if not waiting.appended.done())
        size = 1 if self._alone else self._settings.window
        return [self._waiting[place] for place in range(min(size, len(self._waiting)))]

    async def _send(self, window: Sequence[Waiting]) -> None:
        try:
            credential = await self._credential(window)
            sent = await self._sender.send([waiting.event for waiting in window], credential)
        except TokenUnavailable as error:
            _say(window, str(error))
            await asyncio.sleep(self._pause.next())
        except ValueError as error:  # the token is no JWT, or there is no proof with it: no retry changes that
            _say(window, str(error))
            for waiting in window:
                waiting.fail()
        else:
            await self._settle(window, sent)

    async def _credential(self, window: Sequence[Waiting]) -> Credential:
        _say(window, "no access token is available from the token service")
        credential = await self._credentials.current()
        _say(window, "the broker did not answer")
        return credential

    async def _settle(self, window: Sequence[Waiting], sent: Sequence[Sent]) -> None:
        for waiting, outcome in zip(window, sent, strict=True):
            if isinstance(outcome, Acknowledged):
                _acknowledge(waiting, outcome)
            elif not isinstance(outcome, Behind):
                waiting.hindrance = _hindrance(outcome)
        if all(isinstance(outcome, Acknowledged) for outcome in sent):
            self._alone = False
            return self._pause.reset()
        refused = any(isinstance(outcome, _HOPELESS) for outcome in sent)
        if refused and len(window) == 1:
            return window[0].fail()
        self._alone = self._alone or refused
        logger.warning("events were not acknowledged and go again: %s", window[0].hindrance)
        return await asyncio.sleep(self._pause.next())


def _hindrance(fault: Exception) -> str:
    if isinstance(fault, TokenOutlived | TopicFault):
        return str(fault)
    return f"the broker did not take it ({type(fault).__name__})"


def _acknowledge(waiting: Waiting, outcome: Acknowledged) -> None:
    if not waiting.appended.done():
        waiting.appended.set_result(
            Appended(
                topic=waiting.event.topic,
                partition=outcome.partition,
                offset=outcome.offset,
                appended_at=outcome.appended_at,
                event_id=waiting.event.id,
            )
        )


def _say(window: Sequence[Waiting], hindrance: str) -> None:
    for waiting in window:
        waiting.hindrance = hindrance
