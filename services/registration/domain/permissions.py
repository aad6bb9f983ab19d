"""Which roles may do what for their company, and assign which scopes (App Registration & Management page)."""

from collections.abc import Iterable, Sequence

from grantstream.contracts.invalid_input import Fault, InvalidInput
from grantstream.contracts.roles import ADMINISTRATORS, Role
from grantstream.contracts.scope_catalogue import is_reserved, is_staff_assigned
from services.registration.domain.company import Company
from services.registration.errors import StaffAssignedScopes

READERS = ADMINISTRATORS | {Role.DEVELOPER}
"""The roles that may read their own company's applications."""


def roles_that_manage(company: Company) -> frozenset[Role]:
    """The roles that may register and modify applications and make secrets; possibly none.

    Administrators of a Development Partner, and developers in their own sandbox.
    """
    administrators = ADMINISTRATORS if company.development_partner else frozenset[Role]()
    return administrators | _developers(company)


def roles_that_enable(company: Company) -> frozenset[Role]:
    """The roles that may enable and disable applications: administrators, and developers in a sandbox."""
    return ADMINISTRATORS | _developers(company)


def _developers(company: Company) -> frozenset[Role]:
    return frozenset({Role.DEVELOPER}) if company.sandbox else frozenset()


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
