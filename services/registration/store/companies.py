"""The projection of companies."""

from collections.abc import Mapping
from typing import Any

from grantstream.contracts import subjects
from grantstream.contracts.events.token import CompanyRegistered
from grantstream.events.consuming.projection_floors import refuse_below_floor
from grantstream.service.postgres import Connection
from services.registration.domain.company import Company
from services.registration.store.queries import QUERIES


def row(event: CompanyRegistered, content_sha256: bytes) -> Mapping[str, Any]:
    """What is kept of a company."""
    return {
        "company_id": event.company_id,
        "version": event.version,
        "name": event.name,
        "domain": event.domain,
        "development_partner": event.development_partner,
        "sandbox": event.sandbox,
        "content_sha256": content_sha256,
    }


async def upsert(connection: Connection, event: CompanyRegistered, content_sha256: bytes) -> bool:
    """Takes in a company; False if this version or a newer one is here already."""
    return await QUERIES.upsert_company(connection, **row(event, content_sha256)) is not None


async def stored(connection: Connection, event: CompanyRegistered) -> Mapping[str, Any] | None:
    """What is here of the company that an event tells of."""
    kept: Mapping[str, Any] | None = await QUERIES.get_company(connection, company_id=event.company_id)
    return kept


async def find(connection: Connection, company_id: str) -> Company | None:
    """The company with this id, as far as it was told. Raises RowBelowFloor."""
    kept = await QUERIES.get_company(connection, company_id=company_id)
    if kept is None:
        return None
    refuse_below_floor(subjects.company(company_id), kept["version"], kept["floor"])
    return Company(
        company_id=kept["company_id"],
        version=kept["version"],
        name=kept["name"],
        domain=kept["domain"],
        development_partner=kept["development_partner"],
        sandbox=kept["sandbox"],
    )
