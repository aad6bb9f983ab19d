"""The records of the fence, raw and judged."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from grantstream.contracts.events.fence import FenceReached, PermissionChanged

LOG_APPEND_TIME: Final = 1
"""Kafka's `timestamp_type` of a record that the broker dated itself."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as the broker returned it, with the field names of Kafka clients; `timestamp`: epoch milliseconds.

    `read_at`: by the boot-time clock, a moment by which the broker had appended it; infinite if unknown.
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
        """Whether the broker itself dated it; else the producer could have chosen the time."""
        return self.timestamp_type == LOG_APPEND_TIME


@dataclass(frozen=True, slots=True)
class FenceRecord:
    """A judged record; `event` None: its producer was not allowed to write it, and only its offset counts.

    `is_dated`: whether `appended_at` is the broker's.
    """

    offset: int
    appended_at: float
    event: PermissionChanged | FenceReached | None
    is_dated: bool = True


JudgeRecord = Callable[[RawRecord], Awaitable[PermissionChanged | FenceReached | None]]
"""Returns a record's event, or None if its producer may not write it (the judge has counted and logged that).

Raises TimeoutError or KafkaError if it can't decide now; then the reader calls it again before it applies more."""
