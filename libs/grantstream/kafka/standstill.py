"""Whether a reader of topics makes progress, and if not, where and since when.

A fetch may return nothing because of an unreadable batch, a missing codec, a partition without a leader, or a handler
that waits for a broken database. The cluster answers and the reader's task runs, so only this check shows it.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from aiokafka import TopicPartition

_MOST_NAMED: Final = 3


@dataclass(slots=True)
class _StuckAt:
    done: int
    since: float
    behind: int


class Standstill:
    """Watches one reader. `after`: for how many seconds it may stand still in a partition that has more records."""

    def __init__(self, after: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._after = after
        self._clock = clock
        self._standing: dict[TopicPartition, _StuckAt] = {}

    def measured(self, partition: TopicPartition, done: int, end: int) -> None:
        """Notes that the reader has finished all before the offset `done` of a partition that ends at `end`."""
        known = self._standing.get(partition)
        if done >= end:
            self._standing.pop(partition, None)
        elif known is None or known.done != done:
            self._standing[partition] = _StuckAt(done, self._clock(), end - done)
        else:
            known.behind = end - done

    def keep_only(self, partitions: Collection[TopicPartition]) -> None:
        """Forgets all other partitions, which another reader has now."""
        for partition in self._standing.keys() - set(partitions):
            del self._standing[partition]

    def trouble(self, why: str = "") -> str:
        """Where the reader stands still, for people, and `why` if known; empty if it does not."""
        now = self._clock()
        stuck = [
            (partition, standing)
            for partition, standing in sorted(self._standing.items())
            if now - standing.since > self._after
        ]
        if not stuck:
            return ""
        named = [_named(partition, standing, now) for partition, standing in stuck[:_MOST_NAMED]]
        if len(stuck) > _MOST_NAMED:
            named.append(f"and {len(stuck) - _MOST_NAMED} partitions more")
        return "; ".join(named) + (f" ({why})" if why else "")


def _named(partition: TopicPartition, standing: _StuckAt, now: float) -> str:
    place = f"{partition.topic} partition {partition.partition}"
    return f"{place} stands still at {standing.done} for {now - standing.since:.0f} s, {standing.behind} before it"
