"""Keeping the projection of companies."""

from grantstream.contracts.events.token import CompanyRegistered
from grantstream.events.errors import ContradictoryEvent
from grantstream.service.postgres import Connection
from services.registration.domain.company import Company
from services.registration.store import companies


async def project_company(connection: Connection, event: CompanyRegistered) -> None:
    """Takes a company in, unless a newer version is here. Raises ContradictoryEvent."""
    company = Company(
        company_id=event.company_id,
        version=event.version,
        name=event.name,
        domain=event.domain,
        development_partner=event.development_partner,
        sandbox=event.sandbox,
    )
    if await companies.project(connection, company):
        return
    known = await companies.find(connection, company.company_id)
    if known is not None and known.version == company.version and known != company:
        raise ContradictoryEvent(event.subject, event.version)
