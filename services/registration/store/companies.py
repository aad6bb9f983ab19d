"""The projection of companies."""

from grantstream.contracts import subjects
from grantstream.events.consuming.projection_floors import refuse_below_floor
from grantstream.service.postgres import Connection
from services.registration.domain.company import Company
from services.registration.store.queries import QUERIES


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
