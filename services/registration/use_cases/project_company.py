"""Keeping the projection of companies."""

from grantstream.contracts.events.token import CompanyRegistered
from grantstream.events.consuming.projections import project
from grantstream.service.postgres import Connection
from services.registration.store import companies


async def project_company(connection: Connection, event: CompanyRegistered) -> None:
    """Takes a company in, unless a newer version is here. Raises ContradictoryEvent."""
    await project(connection, upsert=companies.upsert, stored=companies.stored, state=event)
