"""Who is alive, and how far each instance has come."""

from dataclasses import dataclass
from typing import Final

from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.contracts.events.fence import FenceReached
from grantstream.fence.settings import FenceSettings

_LONG: Final = 10
"""So many times as long as it would be waited for, a silent instance is kept in mind."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An instance that has not said yet that it reached an offset."""

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
    """The other processes, as the log shows them to this one."""

    def __init__(self) -> None:
        self._instances: dict[str, _Instance] = {}
        self._newest: dict[str, tuple[int, float]] = {}
        """By instance, also of those that are gone: the number of its newest record, and when that was appended."""

    @property
    def alive(self) -> int:
        """How many there are that have not said goodbye and were heard of not too long ago."""
        return len(self._instances)

    @property
    def remembered(self) -> int:
        """Of how many instances anything is known."""
        return len(self._newest.keys() | self._instances.keys())

    def note(self, record: FenceReached, *, now: float, appended_at: float) -> None:
        """Takes in what an instance says of itself. One that leaves is waited for no more.

        Only what it says for the first time counts. Anybody who may append to the log could append an old record again,
        and an instance that died or left would be waited for. Nothing is lost: no record proves an instance to be
        current that it numbered before one that it has read.
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
        Whatever proved that instance to be current was in the log before that record, or was that record, or stands
        behind `offset`, and then it has read that far. So by now its newest proof is too old, or it needs no waiting
        for. No time of the log counts here: a broker whose clock jumps would make everybody look gone.
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

        For a process that has just started: it reads old records late, so for those its own clock tells nothing. With
        the tolerance for brokers whose clocks differ.
        """
        tolerance = CLOCK_TOLERANCE.total_seconds()
        for subject, known in list(self._instances.items()):
            if known.appended_at < at - settings.gone_after(known.last.max_staleness) - tolerance:
                del self._instances[subject]

    def forget_silent(self, *, at: float, settings: FenceSettings) -> None:
        """Drops instances whose last record was read long before a moment of the own clock."""
        for subject, known in list(self._instances.items()):
            if known.read_at < at - _LONG * settings.gone_after(known.last.max_staleness):
                del self._instances[subject]

    def forget_expired(self, *, before: float) -> None:
        """Forgets which were the newest records, as far as they were appended before a moment of the log.

        By then every token that they or older ones were written with has expired, so nobody can append them again.
        """
        while self._newest:
            subject, (_, appended_at) = next(iter(self._newest.items()))
            if appended_at >= before:
                return
            del self._newest[subject]
