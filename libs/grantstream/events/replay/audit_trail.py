"""The audit trail of one application: a line for each record, what it changed, and whether all records are sound.

Changes are texts for people. They never show the digest of a secret. Values are rendered with `repr`, so that no
control character reaches a terminal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from grantstream.contracts.events.registration import Actor
from grantstream.contracts.events.state import AggregateState
from grantstream.events.consuming.projection import content_sha256

_SECRETS: Final = "secrets"
_IGNORED: Final = frozenset({"version", "created_at", "updated_at"})
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, and its change as a text."""

    field: str
    what: str

    def __str__(self) -> str:
        return f"{self.field}: {self.what}"


def changes_between(before: AggregateState, after: AggregateState) -> tuple[FieldChange, ...]:
    """The fields that differ between two states of the same aggregate, in the order of the contract."""
    ignored = _IGNORED | after.change_fields
    old, new = (state.model_dump(mode="json", exclude=set(ignored)) for state in (before, after))
    return tuple(
        FieldChange(name, what)
        for name in new
        if old.get(name) != new[name]
        for what in _texts(name, old.get(name), new[name])
    )


def _texts(name: str, old: Any, new: Any) -> Iterator[str]:
    if name == _SECRETS:
        yield from _secret_changes({secret["secret_id"]: secret for secret in old or ()}, new)
    elif isinstance(new, list):
        yield _list_change(old or [], new)
    else:
        yield f"{_repr(old)} -> {_repr(new)}"


def _list_change(old: Sequence[Any], new: Sequence[Any]) -> str:
    added = [f"+{_repr(value)}" for value in new if value not in old]
    removed = [f"-{_repr(value)}" for value in old if value not in new]
    return " ".join(added + removed) or "in another order"


def _secret_changes(old: Mapping[str, Any], new: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for secret in new:
        known = old.get(secret["secret_id"])
        if known is None:
            yield f"+{_repr(secret['secret_id'])}"
            continue
        for field in ("status", "expires_at"):
            if known[field] != secret[field]:
                yield f"{_repr(secret['secret_id'])} {field} {_repr(known[field])} -> {_repr(secret[field])}"
        if known["digest"] != secret["digest"]:
            yield f"{_repr(secret['secret_id'])} has another value"
    kept = {secret["secret_id"] for secret in new}
    yield from (f"-{_repr(secret_id)}" for secret_id in old if secret_id not in kept)


def _repr(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


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
