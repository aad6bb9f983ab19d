"""The projection of companies."""

from grantstream.service.postgres import Connection
from services.registration.domain.company import Company
from services.registration.store.queries import QUERIES


async def project(connection: Connection, company: Company) -> bool:
    """Takes in a company as an event tells it; False if this version or a newer one is here already."""
    values = {name: getattr(company, name) for name in Company.__slots__}
    return await QUERIES.upsert_company(connection, **values) is not None


async def find(connection: Connection, company_id: str) -> Company | None:
    """The company with this id, as far as it was told."""
    row = await QUERIES.get_company(connection, company_id=company_id)
    return None if row is None else Company(**dict(row))
