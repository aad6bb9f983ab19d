"""Reads a company, for its own users and for staff."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.postgres.pool import connection
from grantstream.service.in_force import Progress, Version
from services.token.domain.company import Company
from services.token.errors import NotFound
from services.token.store import companies
from services.token.use_cases.callers import demand_company_reader
from services.token.use_cases.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCompanyChange:
    """A version of a company."""

    company_id: str
    version: int


async def read_company(parts: Parts, caller: AccessTokenClaims, company_id: str) -> Company:
    """The company with this id. Raises AccessDenied, NotFound or DatabaseError."""
    demand_company_reader(parts, caller, company_id)
    async with connection(parts.pool) as acquired:
        company = await companies.find(acquired, company_id)
    if company is None:
        raise NotFound("no such company")
    return company


async def read_company_change(parts: Parts, caller: AccessTokenClaims, order: ReadCompanyChange) -> Progress:
    """The progress of a version of a company. Raises AccessDenied, NotFound, NoSuchChange or DatabaseError."""
    company = await read_company(parts, caller, order.company_id)
    return await parts.changes.progress(Version.of(company.state), order.version)
