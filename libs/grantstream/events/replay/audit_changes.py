"""What became of an application or an enablement from one version to another, for people to read.

Never a digest of a secret. What a partner wrote is shown as Python would, so that no control character reaches a
terminal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grantstream.contracts.events.state import AggregateState

_SECRETS: Final = "secrets"
_NOT_TOLD: Final = frozenset({"version", "created_at", "updated_at"})
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, and in words what became of it."""

    field: str
    what: str

    def __str__(self) -> str:
        return f"{self.field}: {self.what}"


def changes_between(before: AggregateState, after: AggregateState) -> tuple[FieldChange, ...]:
    """The fields that differ between two states of the same aggregate, in the order of the contract."""
    left_out = _NOT_TOLD | after.change_fields
    old, new = (state.model_dump(mode="json", exclude=set(left_out)) for state in (before, after))
    return tuple(
        FieldChange(name, what)
        for name in new
        if old.get(name) != new[name]
        for what in _told(name, old.get(name), new[name])
    )


def _told(name: str, old: Any, new: Any) -> Iterator[str]:
    if name == _SECRETS:
        yield from _secrets_told({secret["secret_id"]: secret for secret in old or ()}, new)
    elif isinstance(new, list):
        yield _list_told(old or [], new)
    else:
        yield f"{_shown(old)} -> {_shown(new)}"


def _list_told(old: Sequence[Any], new: Sequence[Any]) -> str:
    added = [f"+{_shown(value)}" for value in new if value not in old]
    removed = [f"-{_shown(value)}" for value in old if value not in new]
    return " ".join(added + removed) or "in another order"


def _secrets_told(old: Mapping[str, Any], new: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for secret in new:
        known = old.get(secret["secret_id"])
        if known is None:
            yield f"+{_shown(secret['secret_id'])}"
            continue
        for field in ("status", "expires_at"):
            if known[field] != secret[field]:
                yield f"{_shown(secret['secret_id'])} {field} {_shown(known[field])} -> {_shown(secret[field])}"
        if known["digest"] != secret["digest"]:
            yield f"{_shown(secret['secret_id'])} has another value"
    kept = {secret["secret_id"] for secret in new}
    yield from (f"-{_shown(secret_id)}" for secret_id in old if secret_id not in kept)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
