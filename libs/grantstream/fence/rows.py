"""Waits for a projection row that is older than the fence's floor, and refuses it if it stays so."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from grantstream.fence.rules import RuleBook


class Versioned(Protocol):
    """A row with the version of its aggregate."""

    @property
    def version(self) -> int:
        """The aggregate's version."""
        ...


class RowBelowFloor(Exception):
    """The projection of a subject is older than the fence's floor; trying again may help."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"the projection of {subject} is behind the fence")
        self.subject = subject


RowT = TypeVar("RowT", bound=Versioned)

_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.050


async def await_row(
    rules: RuleBook,
    subject: str,
    read: Callable[[], Awaitable[RowT | None]],
    *,
    at_least: int = 0,
    limit: float = 1.0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> RowT | None:
    """Reads a projection row that is not older than the fence's floor, nor than `at_least`.

    `at_least`: the version that a caller's token was issued from. Reads again with growing pauses for up to `limit`
    seconds, then raises RowBelowFloor. None: there is no row, and the fence knows of none. The floor is looked up after
    each reading, so that a change that arrives during the reading counts.
    """
    deadline = clock() + limit
    pause = _FIRST_PAUSE
    while True:
        row = await read()
        if (0 if row is None else row.version) >= max(at_least, rules.floor(subject)):
            return row
        if clock() + pause > deadline:
            raise RowBelowFloor(subject)
        await sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
