"""The proof of being current, and the check of this process's clock against the log's."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final


def boot_clock() -> float:
    """Seconds since the machine started, including those in which it, or this process, was stopped."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class _Sent:
    at: float
    wall: float


class Freshness:
    """How current a process is.

    It has seen everything up to the moment at which it sent the last `fence.reached` that it has read back itself.
    That moment is dated by the boot-time clock, which continues while the process, or the machine, is stopped; so
    neither a pause nor a full buffer nor a cut-off leader can make an old proof look new.
    """

    def __init__(self) -> None:
        self._sent: OrderedDict[int, _Sent] = OrderedDict()
        self._held_against_log: _Sent | None = None
        self.proven_at: float | None = None
        self.clock_error: float = 0.0

    def sent(self, sequence: int, *, now: float, wall: float) -> None:
        """Notes that the record `sequence` is about to be sent; call it before sending."""
        self._sent[sequence] = _Sent(now, wall)
        while len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)

    def read_back(self, sequence: int, *, appended_at: float, now: float) -> None:
        """Uses one's own record, read back from the log, as proof."""
        sent = self._sent.pop(sequence, None)
        if sent is None or (self.proven_at is not None and sent.at <= self.proven_at):
            return
        self.proven_at = sent.at
        self._held_against_log = sent
        self.clock_error = max(0.0, sent.wall - appended_at, appended_at - self.time_of_day(now))

    def time_of_day(self, now: float) -> float:
        """The wall clock at the newest proof, when it was compared with the log's, carried on since.

        In epoch seconds; infinite before any proof. The wall clock may have been set forward or back meanwhile.
        """
        known = self._held_against_log
        return float("inf") if known is None else known.wall + now - known.at

    def observed(self, *, appended_at: float, now: float, wall: float) -> None:
        """Uses another's record as a sign of being current: an observer, which may not write, has no other."""
        age = max(0.0, wall - appended_at)
        if self.proven_at is None or now - age > self.proven_at:
            self.proven_at = now - age

    def age(self, now: float) -> float:
        """Seconds since the moment up to which everything is known to have been seen; infinite before any proof."""
        return float("inf") if self.proven_at is None else now - self.proven_at
