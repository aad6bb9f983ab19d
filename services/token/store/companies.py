"""Companies."""

from typing import Any

from grantstream.postgres.pool import Connection
from services.token.domain.company import Company
from services.token.store.queries import QUERIES


async def insert(connection: Connection, company: Company) -> None:
    """Stores a new company."""
    await QUERIES.insert_company(connection, **_columns(company))


async def update(connection: Connection, company: Company) -> None:
    """Stores a changed company, which must be locked."""
    await QUERIES.update_company(
        connection,
        company_id=company.company_id,
        name=company.name,
        development_partner=company.development_partner,
        version=company.version,
        updated_at=company.updated_at,
    )


async def find(connection: Connection, company_id: str) -> Company | None:
    """The company with this id."""
    return _company(await QUERIES.company_by_id(connection, company_id=company_id))


async def lock(connection: Connection, company_id: str) -> Company | None:
    """The company with this id, locked until the transaction ends."""
    return _company(await QUERIES.company_by_id_locked(connection, company_id=company_id))


async def find_platform(connection: Connection) -> Company | None:
    """The platform's own company, if set-up has run."""
    return _company(await QUERIES.platform_company(connection))


def _columns(company: Company) -> dict[str, Any]:
    return {name: getattr(company, name) for name in Company.__slots__}


def _company(row: Any) -> Company | None:
    return None if row is None else Company(**dict(row))
