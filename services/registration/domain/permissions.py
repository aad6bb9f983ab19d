"""Which roles may do what for their company (App Registration & Management page, required permissions)."""

from grantstream.contracts.roles import ADMINISTRATORS, Role
from services.registration.domain.company import Company

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
