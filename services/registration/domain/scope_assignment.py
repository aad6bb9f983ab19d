"""The scopes that only the platform's staff assign."""

from collections.abc import Iterable, Sequence

from grantstream.contracts.invalid_input import Fault, InvalidInput
from grantstream.contracts.scope_catalogue import is_reserved, is_staff_assigned
from services.registration.errors import StaffAssignedScopes


def refuse_reserved(wanted: Sequence[str]) -> None:
    """Raises InvalidInput if one of the scopes is reserved for the platform."""
    if faults := [
        Fault(f"/scopes/{index}", "is the platform's own") for index, name in enumerate(wanted) if is_reserved(name)
    ]:
        raise InvalidInput(*faults)


def refuse_staff_assigned(wanted: Iterable[str], *, held: Iterable[str] = ()) -> None:
    """Raises StaffAssignedScopes if a partner adds such a scope. Scopes that the application has may stay."""
    added = {scope for scope in set(wanted) - set(held) if is_staff_assigned(scope)}
    if added:
        raise StaffAssignedScopes(added)
