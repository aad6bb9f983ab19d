"""Which roles may do what for which company."""

import pytest

from grantstream.contracts.roles import Role
from services.registration.domain.company import Company
from services.registration.domain.permissions import roles_that_enable, roles_that_manage

ADMINISTRATORS = {Role.WEB_SERVICES_ADMINISTRATOR, Role.ADMINISTRATOR}


def company(*, development_partner: bool, sandbox: bool) -> Company:
    return Company(company_id="c", domain="c", development_partner=development_partner, sandbox=sandbox)


@pytest.mark.parametrize(
    ("development_partner", "sandbox", "managing", "enabling"),
    [
        (False, False, set(), ADMINISTRATORS),
        (True, False, ADMINISTRATORS, ADMINISTRATORS),
        (True, True, ADMINISTRATORS | {Role.DEVELOPER}, ADMINISTRATORS | {Role.DEVELOPER}),
    ],
)
def test_the_table_of_permissions(
    development_partner: bool, sandbox: bool, managing: set[Role], enabling: set[Role]
) -> None:
    its = company(development_partner=development_partner, sandbox=sandbox)
    assert roles_that_manage(its) == managing
    assert roles_that_enable(its) == enabling
    assert Role.REVIEW_STAFF not in managing | enabling
