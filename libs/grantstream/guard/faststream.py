"""The guard in front of FastStream handlers: no handler runs for a record that was not judged.

    broker = KafkaBroker(..., middlewares=[guarded_by(guard)])

    @broker.subscriber("app.registered", ...)
    async def project_app(event: Annotated[JudgedEvent, Context(JUDGED_EVENT)]) -> None: ...

The raw record is judged, since FastStream turns a null value into an empty one and keeps one header of each name. Its
own parser fails on null headers before any middleware runs; `grantstream.events.open_consumer` reads them.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from faststream import BaseMiddleware, ContextRepo, StreamMessage

from grantstream.guard.guard import Guard
from grantstream.guard.kafka_record import judge_record

JUDGED_EVENT: Final = "judged_event"
"""The name in FastStream's context under which a handler finds its `JudgedEvent`."""


class GuardMiddleware(BaseMiddleware[Any, Any]):
    """Judges a message before its handler. EventRefused reaches the middlewares outside this one."""

    def __init__(self, msg: Any, /, *, context: ContextRepo, guard: Guard) -> None:
        super().__init__(msg, context=context)
        self._guard = guard

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]) -> Any:
        """Passes the message on, with the judged event in the context."""
        event = judge_record(self._guard, msg.raw_message)
        with self.context.scope(JUDGED_EVENT, event):
            return await call_next(msg)


class guarded_by:
    """For `KafkaBroker(middlewares=[...])`: makes a `GuardMiddleware` for each message."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def __call__(self, msg: Any, /, *, context: ContextRepo) -> GuardMiddleware:
        """The middleware of one message."""
        return GuardMiddleware(msg, context=context, guard=self._guard)
