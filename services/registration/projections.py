"""The projections of the token service's companies and users: a table of newest states each."""

from typing import Final

from grantstream.contracts import subjects
from grantstream.contracts.events.token import CompanyRegistered, UserState
from grantstream.contracts.topics import COMPANY_REGISTERED, USER_MODIFIED, USER_REGISTERED
from grantstream.events.consuming.projection import Projection

COMPANIES: Final = Projection[CompanyRegistered](
    name="companies",
    table="companies",
    key=("company_id",),
    topics=(COMPANY_REGISTERED,),
    subject=subjects.company,
    row=lambda company: {
        "company_id": company.company_id,
        "name": company.name,
        "domain": company.domain,
        "development_partner": company.development_partner,
        "sandbox": company.sandbox,
    },
)

USERS: Final = Projection[UserState](
    name="users",
    table="users",
    key=("user_id",),
    topics=(USER_REGISTERED, USER_MODIFIED),
    subject=subjects.user,
    row=lambda user: {
        "user_id": user.user_id,
        "company_id": user.company_id,
        "roles": sorted(user.roles),
        "active": user.active,
    },
)

PROJECTIONS: Final = (COMPANIES, USERS)
"""The worker maintains them, and the command `rebuild` rebuilds them."""
