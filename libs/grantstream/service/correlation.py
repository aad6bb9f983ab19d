"""The correlation id: one id for a request, in its answer and in every log line about it."""

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final

import uuid_utils

CORRELATION_HEADER: Final = b"concur-correlationid"
_LONGEST: Final = 200
_PRINTABLE: Final = frozenset(range(0x21, 0x7F))

_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def correlation_id() -> str | None:
    """The id of the current request; None outside of one."""
    return _current.get()


def set_correlation_id(value: str) -> None:
    """Sets the id of the current task's request."""
    _current.set(value)


def chosen_correlation_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The client's id if it is short and printable; else a new one."""
    for name, value in headers:
        if name == CORRELATION_HEADER and 0 < len(value) <= _LONGEST and _PRINTABLE.issuperset(value):
            return value.decode("ascii")
    return str(uuid_utils.uuid4())
