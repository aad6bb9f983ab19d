"""Changes whether a company is a Development Partner, which may register applications; for staff."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.service.in_force import Progress
from services.token.domain.company import Company
from services.token.errors import NotFound
from services.token.store import companies
from services.token.use_cases.callers import demand_staff
from services.token.use_cases.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyCompany:
    """The staff's decision about a company."""

    company_id: str
    development_partner: bool


@dataclass(frozen=True, slots=True)
class ChangedCompany:
    """A changed company, and the progress of the change."""

    company: Company
    progress: Progress


async def modify_company(parts: Parts, caller: AccessTokenClaims, order: ModifyCompany) -> ChangedCompany:
    """Changes a company. A command without a change waits for the present version.

    Raises AccessDenied, NotFound or DatabaseError.
    """
    demand_staff(parts, caller, "company.write")
    async with parts.changes.begin() as change:
        before = await companies.lock(change.connection, order.company_id)
        if before is None:
            raise NotFound("no such company")
        after = before.as_development_partner(order.development_partner, now=change.now)
        if after is before:
            change.expect(before.state)
        else:
            await companies.update(change.connection, after)
            await change.publish(after.state)
    return ChangedCompany(after, change.progress)
