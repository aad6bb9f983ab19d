"""Which scopes an application gets from the platform's staff only."""

from collections.abc import Iterable

from grantstream.contracts.scope_catalogue import CATALOGUE, STAFF_ASSIGNED_TO_PARTNERS
from services.registration.errors import StaffAssignedScopes


def is_staff_assigned(scope: str) -> bool:
    """Whether a partner can't give this scope to an application of its own."""
    return scope in STAFF_ASSIGNED_TO_PARTNERS or CATALOGUE[scope].staff_only


def refuse_staff_assigned(wanted: Iterable[str], *, held: Iterable[str] = ()) -> None:
    """Raises StaffAssignedScopes if a partner's order adds such a scope. Those already held may stay."""
    added = {scope for scope in set(wanted) - set(held) if is_staff_assigned(scope)}
    if added:
        raise StaffAssignedScopes(added)
