"""The audit trail of one application: a line for each record, and whether all records are sound."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from grantstream.contracts.events.registration import Actor
from grantstream.contracts.events.state import AggregateState
from grantstream.events.consuming.projection import content_sha256
from grantstream.events.replay.audit_changes import FieldChange, changes_between


class Standing(StrEnum):
    """How a record relates to the other records of its subject."""

    FIRST = "first"
    CHANGE = "change"
    LATE = "late"
    """A newer version had been appended before: this one changed nothing for consumers of that."""
    AGAIN = "again"
    CONTRADICTION = "contradiction"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One record. `refused`: the guard's code; its other fields are then unverified. None: the record is verified.

    `producer`: the client id of the verified token. `actor`: who asked for the change, as the producer states.
    `changes`: the differences from the version before it that the topics still have. `missing`: the first and the last
    of the versions in between that they don't have.
    """

    appended_at: datetime
    topic: str
    partition: int
    offset: int
    event_type: str | None
    event_id: str | None = None
    subject: str | None = None
    version: int | None = None
    producer: str | None = None
    actor: Actor | None = None
    refused: str | None = None
    standing: Standing = Standing.REFUSED
    changes: tuple[FieldChange, ...] = ()
    missing: tuple[int, int] | None = None

    @property
    def verified(self) -> bool:
        """Whether the guard accepts the record: token, proof, scope and key space."""
        return self.refused is None

    @property
    def summary(self) -> str:
        """The line's event, as a text."""
        if self.refused is not None:
            return f"not believed: {self.refused}"
        changes = "; ".join(map(str, self.changes)) or "no field differs"
        summary = {
            Standing.FIRST: "the first state in the topics",
            Standing.CHANGE: changes,
            Standing.LATE: f"came after a newer version; {changes}",
            Standing.AGAIN: "the same state again",
            Standing.CONTRADICTION: "contradicts an earlier state of this version",
        }[self.standing]
        if self.missing is None:
            return summary
        first, last = self.missing
        gone = f"version {first} is" if first == last else f"versions {first} to {last} are"
        return f"{summary} ({gone} not in the topics any more)"


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """All lines, by append time and then by version."""

    app_id: str
    lines: Sequence[AuditLine]

    @property
    def failed(self) -> Sequence[AuditLine]:
        """The lines that are not verified or contradict others."""
        return [line for line in self.lines if not line.verified or line.standing is Standing.CONTRADICTION]

    @property
    def is_sound(self) -> bool:
        """Whether every record is verified and none contradicts another."""
        return not self.failed


def compare(entries: Iterable[tuple[AuditLine, AggregateState | None]]) -> list[AuditLine]:
    """Sorts lines and adds what each of them changed. A refused line has no state."""
    ordered = sorted(entries, key=lambda entry: (entry[0].appended_at, entry[0].version or 0, entry[0].offset))
    history: dict[str, dict[int, AggregateState]] = {}
    for _, state in ordered:
        if state is not None:
            history.setdefault(state.subject, {}).setdefault(state.version, state)
    newest: dict[str, int] = {}
    seen: set[tuple[str, int]] = set()
    lines = []
    for line, state in ordered:
        if state is None:
            lines.append(line)
            continue
        versions = history[state.subject]
        place = state.subject, state.version
        lines.append(_again(line, versions[state.version], state) if place in seen else _new(line, versions, newest))
        seen.add(place)
        newest[state.subject] = max(newest.get(state.subject, 0), state.version)
    return lines


def _again(line: AuditLine, known: AggregateState, state: AggregateState) -> AuditLine:
    same = content_sha256(known) == content_sha256(state)
    return replace(line, standing=Standing.AGAIN if same else Standing.CONTRADICTION)


def _new(line: AuditLine, versions: dict[int, AggregateState], newest: dict[str, int]) -> AuditLine:
    version, subject = line.version or 0, line.subject or ""
    before = max((known for known in versions if known < version), default=0)
    missing = (before + 1, version - 1) if version > before + 1 else None
    if not before:
        return replace(line, standing=Standing.FIRST, missing=missing)
    changes = changes_between(versions[before], versions[version])
    late = newest.get(subject, 0) > version
    return replace(line, standing=Standing.LATE if late else Standing.CHANGE, changes=changes, missing=missing)
