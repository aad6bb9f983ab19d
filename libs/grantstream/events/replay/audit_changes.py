"""The differences between two versions of an application or an enablement, as texts for people.

They never show the digest of a secret. Values are rendered with `repr`, so that no control character reaches a
terminal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grantstream.contracts.events.state import AggregateState

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
