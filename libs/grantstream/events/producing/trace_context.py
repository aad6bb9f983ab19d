"""The trace of an event: that of the request which caused it (W3C Trace Context, section 3.2).

This library records no traces. It passes a caller's `traceparent` on to the events of its change, for the caller's own
tools.
"""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final

TRACEPARENT: Final = b"traceparent"
_FORM: Final = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    """The current task's trace; None if it has none."""
    return _current.get()


def set_traceparent(value: str | None) -> None:
    """Sets the current task's trace; None: it has none."""
    _current.set(value)


def chosen_traceparent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The caller's `traceparent`, if there is exactly one, in the form of version 00; else None."""
    values = [value for name, value in headers if name == TRACEPARENT]
    return values[0].decode("ascii") if len(values) == 1 and _FORM.fullmatch(values[0]) else None
