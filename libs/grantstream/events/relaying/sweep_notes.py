"""The rules of a sweep: what it notes of the records that it reads, and what follows for each aggregate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.topics import Topic
from grantstream.events.consuming.projection import content_sha256


@dataclass(frozen=True, slots=True)
class StateDigest:
    """A version and a digest of its content, which is the same on every topic of the aggregate."""

    version: int
    content: bytes


class BadRecord(StrEnum):
    """A record that says nothing: the guard refuses it, or it has no value."""

    REFUSED = "refused"
    TOMBSTONE = "tombstone"


LastRecord = StateDigest | BadRecord


class Outcome(StrEnum):
    """The result for one aggregate.

    `right`: the last record on some topic is the owner's row. `republished`: the row's state is appended. `waiting`: it
    waits in the outbox anyway. `unknown`: the owner has no such aggregate. `ahead`: a newer state than the owner's was
    accepted. `failed`: the row can't be read or appended.
    """

    RIGHT = "right"
    REPUBLISHED = "republished"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    AHEAD = "ahead"
    FAILED = "failed"


@dataclass(slots=True)
class KeyNotes:
    """The last record of one key on each topic, and the newest version that was accepted on any."""

    last: dict[str, LastRecord] = field(default_factory=dict)
    newest_version: int = 0


class SweepNotes:
    """The records of one sweep by key, for one kind of aggregate."""

    def __init__(self) -> None:
        self._by_key: dict[str, KeyNotes] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def note(self, topic: str, key: str, record: LastRecord) -> None:
        """Notes the record that is now the last of its key on a topic."""
        notes = self._by_key.setdefault(key, KeyNotes())
        notes.last[topic] = record
        if isinstance(record, StateDigest):
            notes.newest_version = max(notes.newest_version, record.version)

    def held(self) -> Iterator[tuple[str, KeyNotes]]:
        """All keys that are held now; keys may be dropped meanwhile."""
        return iter(tuple(self._by_key.items()))

    def drop(self, key: str) -> None:
        """Forgets a key. Its later records are noted again."""
        self._by_key.pop(key, None)


def digest_of(state: AggregateState) -> StateDigest:
    """The digest of a state."""
    return StateDigest(state.version, content_sha256(state))


def examine(notes: KeyNotes, state: AggregateState | None) -> Outcome:
    """Compares what was noted of a key with the owner's row; `republished` if its state must be appended."""
    if state is None:
        return Outcome.UNKNOWN
    if notes.newest_version > state.version:
        return Outcome.AHEAD
    return Outcome.RIGHT if digest_of(state) in notes.last.values() else Outcome.REPUBLISHED


def topics_to_try(notes: KeyNotes, topics: Sequence[Topic]) -> list[str]:
    """The topics for the row's state, best first: where a bad record stands, where the newest one does, the others."""

    def place(topic: str) -> tuple[int, int]:
        last = notes.last.get(topic)
        if isinstance(last, StateDigest):
            return 1, -last.version
        return (2, 0) if last is None else (0, 0)

    return sorted((topic.name for topic in topics), key=place)
