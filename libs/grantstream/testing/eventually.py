"""Wait on a condition, never on a clock; and when it does not come true, say what was there instead."""

import asyncio
import inspect
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar, overload

FoundT = TypeVar("FoundT")

_PAUSE: Final = 0.02
_LONGEST_SHOWN: Final = 300


@overload
async def eventually(
    condition: Callable[[], Coroutine[Any, Any, FoundT | None]], within: float = ..., what: str | None = ...
) -> FoundT: ...
@overload
async def eventually(condition: Callable[[], FoundT | None], within: float = ..., what: str | None = ...) -> FoundT: ...
async def eventually(condition: Callable[[], Any], within: float = 60.0, what: str | None = None) -> Any:
    """The first true thing that `condition` gives, asked again and again for up to `within` seconds.

    The condition may be a coroutine function. An AssertionError in it means "not yet", so it may hold assertions
    itself; then return something true, or nothing but `True`. Raises AssertionError, which tells what it saw last.
    `what` names what is waited for; by default the source of the condition does.
    """
    deadline, last = time.monotonic() + within, _Seen()
    while True:
        try:
            found = condition()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return found
            last = _Seen(value=found)
        except AssertionError as error:
            last = _Seen(error=error)
        if time.monotonic() >= deadline:
            raise last.as_failure(what or _source_of(condition), within)
        await asyncio.sleep(_PAUSE)


def eventually_sync(condition: Callable[[], FoundT | None], within: float = 60.0, what: str | None = None) -> FoundT:
    """The same for tests that are no coroutines. It holds up the thread, so never call it in one that is."""
    deadline, pause, last = time.monotonic() + within, threading.Event(), _Seen()
    while True:
        try:
            if found := condition():
                return found
            last = _Seen(value=found)
        except AssertionError as error:
            last = _Seen(error=error)
        if time.monotonic() >= deadline:
            raise last.as_failure(what or _source_of(condition), within)
        pause.wait(_PAUSE)


class _Seen:
    """What a condition gave, or how it failed."""

    def __init__(self, *, value: object = None, error: AssertionError | None = None) -> None:
        self._value = value
        self._error = error

    def as_failure(self, what: str, within: float) -> AssertionError:
        shown = str(self._error) if self._error is not None else repr(self._value)
        if self._error is None and len(shown) > _LONGEST_SHOWN:
            shown = shown[:_LONGEST_SHOWN] + " ..."
        failure = AssertionError(f"not within {within:g} s: {what}\nlast seen: {shown}")
        failure.__cause__ = self._error
        return failure


def _source_of(condition: Callable[[], object]) -> str:
    """The text of a condition: its name, or for a lambda the line that it stands on."""
    name = getattr(condition, "__name__", None)
    if name is not None and name != "<lambda>":
        return str(name)
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return "the condition"
