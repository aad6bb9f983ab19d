"""Which instances are alive, and how far each has read."""

from dataclasses import dataclass
from typing import Final

from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.contracts.events.fence import FenceReached
from grantstream.fence.settings import FenceSettings

_LONG: Final = 10
"""A silent instance is remembered this many times as long as an answer would wait for it."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An instance that has not reported an offset yet."""

    client_id: str
    instance_id: str
    service: str
    role: str
    reached: int


@dataclass(slots=True)
class _Instance:
    last: FenceReached
    reached: int
    read_at: float
    appended_at: float


class Instances:
    """The other processes, as known from the log."""

    def __init__(self) -> None:
        self._instances: dict[str, _Instance] = {}
        self._newest: dict[str, tuple[int, float]] = {}
        """By instance, gone ones included: the number of its newest record, and when that was appended."""

    @property
    def alive(self) -> int:
        """How many instances reported not too long ago and have not left."""
        return len(self._instances)

    @property
    def remembered(self) -> int:
        """How many instances are known, gone ones included."""
        return len(self._newest.keys() | self._instances.keys())

    def note(self, record: FenceReached, *, now: float, appended_at: float) -> None:
        """Applies an instance's report. If it leaves, no answer waits for it any more.

        Only a report with a new number counts. Any producer on the log could append an old record again, and answers
        would wait for an instance that died or left. Nothing is lost: an instance that has read back one of its records
        is not proven current by an earlier one.
        """
        newest, _ = self._newest.get(record.subject, (-1, 0.0))
        if record.sequence <= newest:
            return
        self._newest.pop(record.subject, None)
        self._newest[record.subject] = (record.sequence, appended_at)
        if record.leaving:
            self._instances.pop(record.subject, None)
            return
        known = self._instances.get(record.subject)
        reached = record.offset if known is None else max(known.reached, record.offset)
        self._instances[record.subject] = _Instance(record, reached, now, appended_at)

    def behind(self, offset: int, *, now: float, settings: FenceSettings) -> tuple[Pending, ...]:
        """The live instances that have not reached `offset`, which this process itself must have reached.

        An instance counts as gone when this process read its last record longer ago than `gone_after` of the settings.
        The record that proved that instance to be current is that record, or an earlier one, or one behind `offset`,
        and then the instance has read that far. So its newest proof is too old by now, or no wait is needed. The log's
        times don't count here: a broker whose clock jumps would make every instance look gone.
        """
        return tuple(
            Pending(
                instance.last.client_id,
                instance.last.instance_id,
                instance.last.service,
                instance.last.role,
                instance.reached,
            )
            for instance in self._instances.values()
            if instance.reached < offset and now - instance.read_at <= settings.gone_after(instance.last.max_staleness)
        )

    def forget_ended(self, *, at: float, settings: FenceSettings) -> None:
        """Drops instances whose last record was appended so long before a moment of the log that they must be gone.

        For a process that has just started: it reads old records late, so its own clock can't date them. The tolerance
        is for brokers whose clocks differ.
        """
        tolerance = CLOCK_TOLERANCE.total_seconds()
        for subject, known in list(self._instances.items()):
            if known.appended_at < at - settings.gone_after(known.last.max_staleness) - tolerance:
                del self._instances[subject]

    def forget_silent(self, *, at: float, settings: FenceSettings) -> None:
        """Drops instances whose last record was read long before a moment of this process's clock."""
        for subject, known in list(self._instances.items()):
            if known.read_at < at - _LONG * settings.gone_after(known.last.max_staleness):
                del self._instances[subject]

    def forget_expired(self, *, before: float) -> None:
        """Forgets the newest records that were appended before a moment of the log.

        By then every token of these or older records has expired, so they can't be appended again.
        """
        while self._newest:
            subject, (_, appended_at) = next(iter(self._newest.items()))
            if appended_at >= before:
                return
            del self._newest[subject]
