"""Waits for a condition, never for a fixed time; if it does not come true, the error reports the last state."""

import asyncio
import inspect
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar, overload

ResultT = TypeVar("ResultT")

_PAUSE: Final = 0.02
_LONGEST_TEXT: Final = 300


@overload
async def eventually(
    condition: Callable[[], Coroutine[Any, Any, ResultT | None]], within: float = ..., what: str | None = ...
) -> ResultT: ...
@overload
async def eventually(
    condition: Callable[[], ResultT | None], within: float = ..., what: str | None = ...
) -> ResultT: ...
async def eventually(condition: Callable[[], Any], within: float = 60.0, what: str | None = None) -> Any:
    """The first true result of `condition`, called again and again for up to `within` seconds.

    The condition may be a coroutine function. An AssertionError in it means "not yet", so it may hold assertions
    itself, and then return a true value. Raises AssertionError with the last result. `what` names the condition in that
    error; by default its source does.
    """
    deadline, last = time.monotonic() + within, _Seen()
    while True:
        try:
            result = condition()
            if inspect.isawaitable(result):
                result = await result
            if result:
                return result
            last = _Seen(value=result)
        except AssertionError as error:
            last = _Seen(error=error)
        if time.monotonic() >= deadline:
            raise last.as_failure(what or _source_of(condition), within)
        await asyncio.sleep(_PAUSE)


def eventually_sync(condition: Callable[[], ResultT | None], within: float = 60.0, what: str | None = None) -> ResultT:
    """`eventually` for tests that are not coroutines. It blocks the thread, so never call it in a coroutine."""
    deadline, pause, last = time.monotonic() + within, threading.Event(), _Seen()
    while True:
        try:
            if result := condition():
                return result
            last = _Seen(value=result)
        except AssertionError as error:
            last = _Seen(error=error)
        if time.monotonic() >= deadline:
            raise last.as_failure(what or _source_of(condition), within)
        pause.wait(_PAUSE)


class _Seen:
    """The result of a condition, or its failure."""

    def __init__(self, *, value: object = None, error: AssertionError | None = None) -> None:
        self._value = value
        self._error = error

    def as_failure(self, what: str, within: float) -> AssertionError:
        text = str(self._error) if self._error is not None else repr(self._value)
        if self._error is None and len(text) > _LONGEST_TEXT:
            text = text[:_LONGEST_TEXT] + " ..."
        failure = AssertionError(f"not within {within:g} s: {what}\nlast seen: {text}")
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
