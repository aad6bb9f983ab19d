"""Defers judging other instances' `fence.reached` (reports) until a caller waits for a change, or for a moment.

Judging a report is its main cost, every process reads every other's, and most processes wait for no change most of the
time. A report may be judged later, since the rules in force at its append time decide. And of several reports of one
instance only the newest counts, so judging seldom means judging few.

A report claims its own number, and a forged one can claim any: so the report with the highest number is judged first,
and the next one if that is not believed. Neither a forgery nor a report that was appended again can hide another.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from grantstream.contracts import subjects
from grantstream.fence.records import FenceRecord, JudgeRecord, RawRecord

_REPORT: Final = ("ce_type", b"fence.reached")
_MANY: Final = 500
_LARGEST: Final = 16_384
"""Bytes: far more than a report has, with its token and its proof."""

_ABOUT_CLIENTS: Final = (b"app", b"enablement")
_ABOUT_CREDENTIALS: Final = (b"key", b"token", b"secret", b"grant")


@dataclass(frozen=True, slots=True)
class UnjudgedReport:
    """A report, and when it was read by the boot-time clock."""

    raw: RawRecord
    read_at: float


class DeferredReports:
    """The reports of others that were read and not judged, by record key. `own`: this process's key."""

    def __init__(self, own: str) -> None:
        self._own = own.encode()
        self._reports: dict[bytes, list[UnjudgedReport]] = {}
        self._count = 0
        self._since = float("inf")

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._reports)

    @property
    def first_offset(self) -> int | None:
        """The offset of the first of them; None if there are none."""
        return min((reports[0].raw.offset for reports in self._reports.values()), default=None)

    def take(self, raw: RawRecord, *, now: float) -> bool:
        """Defers a record if it is another's report; returns False if it must be judged at once."""
        if raw.key is None or raw.key == self._own or _REPORT not in raw.headers or _size(raw) > _LARGEST:
            return False
        self._reports.setdefault(raw.key, []).append(UnjudgedReport(raw, now))
        self._count += 1
        self._since = min(self._since, now)
        return True

    def depends_on(self, raw: RawRecord) -> bool:
        """Whether a record, if it is a change, may void the token or key of one of them.

        They are judged by the rules at their append time, but two records may share a millisecond; and a key counts as
        withdrawn once the record that announces it was judged.
        """
        if not self._reports or raw.key is None:
            return False
        kind, _, name = raw.key.partition(b"/")
        if kind not in _ABOUT_CLIENTS:
            return kind in _ABOUT_CREDENTIALS
        client_id = name.partition(b"/")[0].decode(errors="replace")
        return any(key.startswith(subjects.instance(client_id, "").encode()) for key in self._reports)

    def is_due(self, *, now: float, after: float) -> bool:
        """Whether they must be judged although no caller waits: they are many, or deferred for `after` seconds."""
        return self._count >= _MANY or now - self._since >= after

    async def judged(self, judge: JudgeRecord) -> AsyncIterator[tuple[FenceRecord, float]]:
        """The newest believed report under each key that there is by now, and when it was read.

        Raises the errors of `judge`. Reports that were not judged by then stay deferred, and the next call begins with
        them; so two calls must not overlap, or one would end before the other has returned its report. Reports that
        arrive meanwhile under other keys stay deferred too: a producer that keeps appending could make this endless.
        """
        for key in list(self._reports):
            reports = tuple(self._reports[key])
            newest = await _newest_believed(reports, judge)
            self._drop(key, len(reports))
            if newest is not None:
                yield newest
        self._since = min((reports[0].read_at for reports in self._reports.values()), default=float("inf"))

    def _drop(self, key: bytes, count: int) -> None:
        self._count -= count
        if left := self._reports[key][count:]:
            self._reports[key] = left
        else:
            del self._reports[key]


async def _newest_believed(reports: Sequence[UnjudgedReport], judge: JudgeRecord) -> tuple[FenceRecord, float] | None:
    for report in reports if len(reports) == 1 else sorted(reports, key=_claimed_number, reverse=True):
        event = await judge(report.raw)
        if event is not None:
            return FenceRecord(report.raw.offset, report.raw.appended_at, event), report.read_at
    return None


def _claimed_number(report: UnjudgedReport) -> int:
    try:
        number = orjson.loads(report.raw.value or b"")["sequence"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return -1
    return number if isinstance(number, int) else -1


def _size(raw: RawRecord) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in raw.headers)
    return len(raw.key or b"") + len(raw.value or b"") + headers
