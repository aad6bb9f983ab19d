"""Companies."""

from typing import Any

from grantstream.contracts.events.token import CompanyRegistered
from grantstream.postgres.pool import Connection
from services.token.domain.company import Company
from services.token.store.sql import QUERIES


async def insert(connection: Connection, company: Company) -> None:
    """Stores a new company."""
    await QUERIES.insert_company(
        connection,
        company_id=company.state.company_id,
        is_platform=company.is_platform,
        state=company.state.model_dump(mode="json"),
    )


async def update(connection: Connection, company: Company) -> None:
    """Stores a changed company, which must be locked."""
    state = company.state.model_dump(mode="json")
    await QUERIES.update_company(connection, company_id=company.state.company_id, state=state)


async def find(connection: Connection, company_id: str) -> Company | None:
    """The company with this id."""
    return _company(await QUERIES.company_by_id(connection, company_id=company_id))


async def lock(connection: Connection, company_id: str) -> Company | None:
    """The company with this id, locked until the transaction ends."""
    return _company(await QUERIES.company_by_id_locked(connection, company_id=company_id))


async def keys(connection: Connection, after: str, limit: int) -> list[str]:
    """The ids of all companies after the id `after`, at most `limit`."""
    return [row["company_id"] for row in await QUERIES.company_keys(connection, after=after, size=limit)]


async def find_platform(connection: Connection) -> Company | None:
    """The platform's own company, if set-up has run."""
    return _company(await QUERIES.platform_company(connection))


async def lock_set_up(connection: Connection) -> None:
    """Lets one set-up run at a time: the next one waits until the transaction ends."""
    await QUERIES.lock_set_up(connection)


def _company(row: Any) -> Company | None:
    if row is None:
        return None
    return Company(state=CompanyRegistered.model_validate(row["state"]), is_platform=row["is_platform"])
