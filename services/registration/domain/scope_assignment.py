"""Which scopes an application gets from the platform's staff only."""

from collections.abc import Iterable, Sequence
from typing import Final

from grantstream.contracts.scope_catalogue import CATALOGUE, STAFF_ASSIGNED_TO_PARTNERS
from grantstream.contracts.topics import KEY_PUBLISHED
from services.registration.errors import Fault, InvalidInput, StaffAssignedScopes

_RESERVED: Final = frozenset({KEY_PUBLISHED.scope})
"""Scopes that no application gets: whoever may publish a signing key can vouch for any token."""


def refuse_reserved(wanted: Sequence[str]) -> None:
    """Raises InvalidInput if a scope is among them that the platform keeps for itself."""
    if faults := [
        Fault(f"/scopes/{index}", "is the platform's own") for index, name in enumerate(wanted) if name in _RESERVED
    ]:
        raise InvalidInput(faults)


def is_staff_assigned(scope: str) -> bool:
    """Whether a partner can't give this scope to an application of its own."""
    return scope in STAFF_ASSIGNED_TO_PARTNERS or CATALOGUE[scope].staff_only


def refuse_staff_assigned(wanted: Iterable[str], *, held: Iterable[str] = ()) -> None:
    """Raises StaffAssignedScopes if a partner's order adds such a scope. Those already held may stay."""
    added = {scope for scope in set(wanted) - set(held) if is_staff_assigned(scope)}
    if added:
        raise StaffAssignedScopes(added)
