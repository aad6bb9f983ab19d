"""Which scopes an application gets from the platform's staff only."""

from collections.abc import Iterable, Sequence

from grantstream.contracts.invalid_input import Fault, InvalidInput
from grantstream.contracts.scope_catalogue import is_reserved, is_staff_assigned
from services.registration.errors import StaffAssignedScopes


def refuse_reserved(wanted: Sequence[str]) -> None:
    """Raises InvalidInput if a scope is among them that the platform keeps for itself."""
    if faults := [
        Fault(f"/scopes/{index}", "is the platform's own") for index, name in enumerate(wanted) if is_reserved(name)
    ]:
        raise InvalidInput(*faults)


def refuse_staff_assigned(wanted: Iterable[str], *, held: Iterable[str] = ()) -> None:
    """Raises StaffAssignedScopes if a partner's order adds such a scope. Those already held may stay."""
    added = {scope for scope in set(wanted) - set(held) if is_staff_assigned(scope)}
    if added:
        raise StaffAssignedScopes(added)
