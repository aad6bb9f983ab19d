"""Which trace an event belongs to: that of the request which made it (W3C Trace Context, section 3.2).

Nothing is traced here. What a caller sends goes on with the events of its change, so that its own tools can follow it.
"""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final

TRACEPARENT: Final = b"traceparent"
_FORM: Final = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    """The trace of what the current task does; None if it belongs to none."""
    return _current.get()


def set_traceparent(value: str | None) -> None:
    """What the current task does from now on belongs to this trace, or to none."""
    _current.set(value)


def chosen_traceparent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The caller's `traceparent`, if there is just one and it has the form of version 00; none is made up."""
    found = [value for name, value in headers if name == TRACEPARENT]
    return found[0].decode("ascii") if len(found) == 1 and _FORM.fullmatch(found[0]) else None
