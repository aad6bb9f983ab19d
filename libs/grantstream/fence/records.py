"""The records of the fence, as they come from the log and as they are believed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from grantstream.contracts.events.fence import FenceReached, PermissionChanged

LOG_APPEND_TIME: Final = 1
"""Kafka's `timestamp_type` of a record that the broker dated itself."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as the broker gave it, with the names that Kafka clients use; `timestamp`: epoch milliseconds.

    `read_at`: by the boot-time clock, when the broker had surely appended it; infinite if that is not known.
    """

    topic: str
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None
    read_at: float = float("inf")

    @property
    def appended_at(self) -> float:
        """The broker's append time, in epoch seconds, if it `is_dated`."""
        return self.timestamp / 1000

    @property
    def is_dated(self) -> bool:
        """Whether the broker itself dated it; else anybody could have chosen the time."""
        return self.timestamp_type == LOG_APPEND_TIME


@dataclass(frozen=True, slots=True)
class FenceRecord:
    """A record whose producer was allowed to say what it says; `event` None: it was not, and only its place counts.

    `is_dated`: whether `appended_at` is the broker's.
    """

    offset: int
    appended_at: float
    event: PermissionChanged | FenceReached | None
    is_dated: bool = True


JudgeRecord = Callable[[RawRecord], Awaitable[PermissionChanged | FenceReached | None]]
"""Tells what a record says, or None if its producer may not say it (the judge has counted and logged that).

Raises TimeoutError or KafkaError if it can't tell now; then it is asked again before the reader takes in more."""
