"""The fence's topic as brokers keep it: one order, append times by the leader's clock, and a leader that is cut off.

Operators delete its records, or the whole topic, which then begins anew under the same name.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.contracts.topics import FENCE
from grantstream.fence import RawRecord, connection
from grantstream.kafka.topic_description import TopicDescription
from tests.unit.fence.model.world import Owner, World

SIGNING_KEY = "key-1"


@dataclass(slots=True)
class Appended:
    """A record of the log. `key_id`: whose signature is on it; `at`: the true time."""

    raw: RawRecord
    event: PermissionChanged | FenceReached
    key_id: str
    at: float


@dataclass
class Faults:
    """How often a record is delivered late, twice, or not at all, and after how long."""

    late: float = 0.0
    twice: float = 0.0
    lost: float = 0.0
    longest: float = 12.0


@dataclass
class Broker:
    """What one broker shows its clients. The one that leads shows the log; one that was cut off, what it had then."""

    records: list[Appended]
    log_id: str
    waiting: list[Callable[[], None]] = field(default_factory=list)


class Log:
    """One partition."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self.replaced = 0
        self.leader = Broker([], "log-0")
        self.cut_off: Broker | None = None
        self.beginning = 0
        self.clock_error = 0.0
        self.fastest = 0.0003
        self.slowest = 0.003
        self._latest: dict[int, float] = {}

    def send(
        self,
        event: PermissionChanged | FenceReached,
        to: Broker,
        owner: Owner | None = None,
        key_id: str = SIGNING_KEY,
        done: Callable[[], None] | None = None,
    ) -> None:
        """Hands a record to a broker. Once it has left its producer, that may be stopped or dead: it arrives."""
        chance, faults = self.world.random, self.faults
        times = [self._in_order(chance.uniform(self.fastest, self.slowest), owner)]
        if chance.random() < faults.late:
            times[0] = chance.uniform(0.0, faults.longest)
        if chance.random() < faults.twice:
            times.append(chance.uniform(0.0, faults.longest))
        if done is None and chance.random() < faults.lost:
            return
        for seconds in times:
            self.world.after(seconds, lambda: self._arrive(event, to, key_id, done))

    def _in_order(self, seconds: float, owner: Owner | None) -> float:
        """What one process sends goes one way and arrives in its order, but for what is delivered late or again."""
        if owner is None:
            return seconds
        arrives = max(self.world.now + seconds, self._latest.get(id(owner), 0.0))
        self._latest[id(owner)] = arrives
        return arrives - self.world.now

    def _arrive(
        self, event: PermissionChanged | FenceReached, to: Broker, key_id: str, done: Callable[[], None] | None
    ) -> None:
        if to is not self.leader and connection.ACKS == "all":
            # It never gets its acknowledgements. Whoever wants the record appended for sure sends it again.
            if done is not None:
                self.world.after(self.slowest * 100, lambda: self._arrive(event, self.leader, key_id, done))
            return
        self._append(event, to, key_id)
        if done is not None:
            done()

    def _append(self, event: PermissionChanged | FenceReached, to: Broker, key_id: str) -> None:
        offset = self.beginning if not to.records else to.records[-1].raw.offset + 1
        clock_error = self.clock_error if to is self.leader else 0.0
        milliseconds = int((self.world.now + clock_error) * 1000)
        raw = RawRecord(FENCE.name, offset, milliseconds, 1, event.subject.encode(), *_on_the_wire(event))
        to.records.append(Appended(raw, event, key_id, self.world.now))
        waiting, to.waiting = to.waiting, []
        for wake in waiting:
            wake()

    def end(self, broker: Broker) -> int:
        return broker.records[-1].raw.offset + 1 if broker.records else self.beginning

    def read(self, broker: Broker, offset: int, limit: int) -> list[Appended] | None:
        """The records from an offset on; None if there is no such place."""
        first = broker.records[0].raw.offset if broker.records else self.beginning
        if not first <= offset <= self.end(broker):
            return None
        return broker.records[offset - first : offset - first + limit]

    def offset_for_time(self, broker: Broker, at: float) -> int | None:
        """The first offset whose append time is not before `at`."""
        return next((record.raw.offset for record in broker.records if record.raw.appended_at >= at), None)

    def elect(self, clock_error: float) -> Broker:
        """Another broker leads; the old one is cut off and shows for ever what it had."""
        self.cut_off = self.leader
        self.leader = Broker(list(self.cut_off.records), self.cut_off.log_id)
        self.clock_error = clock_error
        return self.cut_off

    def heal(self) -> None:
        """The broker that was cut off is none to ask any more."""
        self.cut_off = None

    def described(self, broker: Broker) -> TopicDescription:
        return TopicDescription(FENCE.name, broker.log_id, frozenset({0}))

    def replace(self) -> None:
        """The topic is deleted and created anew: on the same connections clients find another log."""
        self.replaced += 1
        self.beginning = 0
        self.leader.records.clear()
        self.leader.log_id = f"log-{self.replaced}"

    def holds(self, event: PermissionChanged | FenceReached | None) -> bool:
        return any(record.event is event for record in self.leader.records)

    def forget_before(self, at: float) -> None:
        """Retention, or somebody who deletes: records appended before a true time are no more."""
        kept = [record for record in self.leader.records if record.at >= at]
        self.beginning = kept[0].raw.offset if kept else self.end(self.leader)
        self.leader.records[:] = kept


def _on_the_wire(event: PermissionChanged | FenceReached) -> tuple[tuple[tuple[str, bytes], ...], bytes]:
    """As much of headers and value as the fence reads before it judges."""
    if isinstance(event, FenceReached):
        return (("ce_type", b"fence.reached"),), b'{"sequence":%d}' % event.sequence
    return (("ce_type", b"permission.changed"),), b"{}"
