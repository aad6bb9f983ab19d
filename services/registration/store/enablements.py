"""Enablements in the database. Every function works in the caller's transaction."""

from datetime import datetime
from typing import Any

from grantstream.contracts.events.registration import EnablementState
from grantstream.postgres.pool import Connection, Record
from services.registration.domain.enablement import Enablement
from services.registration.store.sql import QUERIES


async def find(connection: Connection, app_id: str, company_id: str) -> Enablement | None:
    """A company's enablement of an application; None if it never had one."""
    return _enablement_or_none(await QUERIES.get_enablement(connection, app_id=app_id, company_id=company_id))


async def lock(connection: Connection, app_id: str, company_id: str) -> Enablement | None:
    """The same, locked against changes until this transaction ends."""
    return _enablement_or_none(await QUERIES.lock_enablement(connection, app_id=app_id, company_id=company_id))


async def lock_or_make(connection: Connection, enablement: Enablement) -> Enablement:
    """The same; if there is none, the given one, of version 0, which the caller must change then."""
    await QUERIES.make_enablement(connection, **_values(enablement))
    state = enablement.state
    return _enablement(await QUERIES.lock_enablement(connection, app_id=state.app_id, company_id=state.company_id))


async def keys(connection: Connection, after: str, limit: int) -> list[str]:
    """The keys `app_id/company_id` of all enablements after the key `after`, at most `limit`; by company, then app."""
    app_id, _, company_id = after.partition("/")
    rows = await QUERIES.enablement_keys(connection, after_company_id=company_id, after_app_id=app_id, size=limit)
    return [f"{row['app_id']}/{row['company_id']}" for row in rows]


async def insert(connection: Connection, enablement: Enablement) -> None:
    """Stores the permission that a company gives by registering an application."""
    await QUERIES.make_enablement(connection, **_values(enablement))


async def update(connection: Connection, enablement: Enablement) -> None:
    """Stores a permission after a change."""
    await QUERIES.update_enablement(connection, **_values(enablement))


def _values(enablement: Enablement) -> dict[str, Any]:
    state = enablement.state
    return {
        "app_id": state.app_id,
        "company_id": state.company_id,
        "state": state.model_dump(mode="json", exclude={"actor"}),
    }


def _enablement_or_none(row: Record | None) -> Enablement | None:
    return None if row is None else _enablement(row)


def _enablement(row: Record) -> Enablement:
    state = row["state"]
    if row["version"] == 0:  # being made, in this transaction
        return Enablement.never_given(state["app_id"], state["company_id"], datetime.fromisoformat(state["updated_at"]))
    return Enablement(state=EnablementState.model_validate(state))
