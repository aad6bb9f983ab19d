"""Which log a process reads, how far back it knows it, and whether it is still the topic's log.

This protects against an operator who deletes the fence's records, deletes the topic and creates it again, or loses the
brokers' data: the lost changes void tokens that still live. So a process vouches only for what it can know:

- A token whose issuer had not read up to where this process's knowledge begins may be void by a record that is gone.
- A process that reads another log than the broker's present one is not current, however new its proofs are.
- Processes of a log that is gone serve for up to `max_staleness` more, and the new log does not mention them.
"""

from dataclasses import dataclass
from typing import Final

from grantstream.contracts.claims import CLOCK_TOLERANCE, RULE_LIFETIME
from grantstream.contracts.log_position import LogPosition
from grantstream.contracts.topics import FENCE
from grantstream.kafka.topic_description import TopicDescription

_MARGIN_SECONDS: Final = 60.0


class FenceLost(Exception):
    """A process can never continue from its offset in the log; a restarted one can read it.

    The log has no record there, so that what it missed is unknown; or it has one that the process can't judge.
    """


def oldest_that_matters(*, wall: float, log_time: float) -> float:
    """The append time from which on records can matter to a starting process, in epoch seconds.

    `wall`: the process's time of day; `log_time`: the newest append time in the log. The slower of the two counts, as
    it does for forgetting: with a clock that is ahead, and is corrected later, the process would miss rules for good.
    """
    return min(wall, log_time) - RULE_LIFETIME.total_seconds() - _MARGIN_SECONDS


def resume_offset(after: int, *, beginning: int, end: int) -> int:
    """The offset at which a process that has read up to `after` continues, in a log from `beginning` to `end`.

    Raises FenceLost if the log no longer reaches back, or does not reach up, to that offset.
    """
    if not beginning <= after + 1 <= end:
        raise FenceLost(f"the fence runs from {beginning} to {end}, this process stood at {after}")
    return after + 1


_ONE_PARTITION: Final = frozenset({0})


class FenceUnfit(Exception):
    """The topic does not exist, or is not one log. Its message says what to do."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The state of the log when it was opened.

    `log`: the topic's id. `start`: the offset of the first record to read. `reaches_back`: whether no record before it
    can still matter. `asked_at`: by the boot-time clock, before the first request.
    """

    log: str
    start: int
    reaches_back: bool
    asked_at: float


def one_log(topic: TopicDescription | None) -> str:
    """The id of the topic, if it exists and is one log. Raises FenceUnfit."""
    if topic is None:
        raise FenceUnfit(f"the topic {FENCE.name} does not exist: run `grantstream topics apply`")
    if topic.partitions != _ONE_PARTITION:
        raise FenceUnfit(
            f"the topic {FENCE.name} has {len(topic.partitions)} partitions, and only one has one order: delete the "
            "topic and run `grantstream topics apply`"
        )
    return topic.topic_id


class KnownLog:
    """The log of one process, from its first opening to the process's end."""

    def __init__(self) -> None:
        self._opening: Opening | None = None
        self._has_read = False
        self._looked_at = float("-inf")
        self._first_appended_at: float | None = None
        self._no_log_came_before = False

    @property
    def log(self) -> str:
        """The topic's id; empty before the first opening."""
        return "" if self._opening is None else self._opening.log

    @property
    def covers_since(self) -> float:
        """The append time (epoch seconds) from which on every record is known; 0.0: as far back as can matter."""
        if self._opening is None or (not self._opening.reaches_back and self._first_appended_at is None):
            return float("inf")
        return 0.0 if self._opening.reaches_back else self._first_appended_at or 0.0

    def opened(self, opening: Opening) -> None:
        """Notes an opening. The one by which the first record is read decides how far back this process knows.

        Raises FenceLost if records of another log were read before.
        """
        if not self._has_read:
            self._opening = opening
        self._require_same_log(opening.log)
        self._looked_at = max(self._looked_at, opening.asked_at)

    def looked(self, topic: TopicDescription | None, *, asked_at: float) -> None:
        """Checks the topic as a broker knew it at a moment of the boot-time clock.

        Raises FenceLost if it is another log than was read, and FenceUnfit if it is not one log, or another one than
        was opened: then this process is not current.
        """
        try:
            self._require_same_log(one_log(topic))
        except (FenceUnfit, FenceLost):
            self._looked_at = float("-inf")
            raise
        self._looked_at = max(self._looked_at, asked_at)

    def _require_same_log(self, log: str) -> None:
        if log == self.log:
            return
        if self._has_read:
            raise FenceLost(f"the topic {FENCE.name} was deleted and created anew")
        raise FenceUnfit(f"the topic {FENCE.name} was deleted and created anew before anything was read")

    def read(self, *, appended_at: float | None) -> None:
        """Notes the append time of the next record, None if it is not the broker's.

        This process knows the log from the first append time on.
        """
        self._has_read = True
        if self._first_appended_at is None:
            self._first_appended_at = appended_at

    def age(self, now: float) -> float:
        """Seconds since this was last known to be the topic's log; infinite if it is not."""
        return now - self._looked_at

    def vouches_for(self, position: LogPosition | None, *, issued_at: float) -> bool:
        """Whether all that can void a token is known here. `position`: what its issuer had read.

        None: the token of an older issuer. Then only its time of issue can decide, in whole epoch seconds.
        """
        opening = self._opening
        if opening is None:
            return False
        if position is None:
            return issued_at + 1 > self.covers_since
        return position.log == opening.log and (opening.reaches_back or position.offset >= opening.start - 1)

    def no_log_came_before(self) -> None:
        """Notes that this is the first log that ever existed: no process can be reading another one."""
        self._no_log_came_before = True

    def knows_all_instances(self, *, now: float, log_time: float, gone_after: float) -> bool:
        """Whether every process that may still serve is known from this log.

        A process whose reports are all older than what was read here stops serving `gone_after` seconds after the last
        one. They have passed if the log spans that time (`log_time`: its newest append time), or if it was opened that
        long ago.
        """
        opening = self._opening
        if opening is None:
            return False
        if opening.reaches_back or (self._no_log_came_before and opening.start == 0):
            return True
        spans = log_time - self.covers_since
        return spans >= gone_after + CLOCK_TOLERANCE.total_seconds() or now - opening.asked_at >= gone_after
