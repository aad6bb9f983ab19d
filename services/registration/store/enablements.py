"""Enablements in the database. Every function works in the caller's transaction."""

from datetime import datetime

from grantstream.contracts.void import VoidBelow
from grantstream.postgres.pool import Connection, Record
from services.registration.domain.enablement import Enablement
from services.registration.store.queries import QUERIES


async def find(connection: Connection, app_id: str, company_id: str) -> Enablement | None:
    """A company's enablement of an application; None if it never had one."""
    return _enablement_or_none(await QUERIES.get_enablement(connection, app_id=app_id, company_id=company_id))


async def lock(connection: Connection, app_id: str, company_id: str) -> Enablement | None:
    """The same, locked against changes until this transaction ends."""
    return _enablement_or_none(await QUERIES.lock_enablement(connection, app_id=app_id, company_id=company_id))


async def lock_or_make(connection: Connection, app_id: str, company_id: str, now: datetime) -> Enablement:
    """The same; created with version 0 if there is none, so the caller must change it then."""
    await QUERIES.make_enablement(connection, app_id=app_id, company_id=company_id, now=now)
    return _enablement(await QUERIES.lock_enablement(connection, app_id=app_id, company_id=company_id))


async def insert(connection: Connection, enablement: Enablement) -> None:
    """Stores the enablement for the own company of a newly registered application."""
    await QUERIES.make_enablement(
        connection, app_id=enablement.app_id, company_id=enablement.company_id, now=enablement.updated_at
    )
    await update(connection, enablement)


async def update(connection: Connection, enablement: Enablement) -> None:
    """Stores a changed enablement."""
    await QUERIES.update_enablement(
        connection,
        app_id=enablement.app_id,
        company_id=enablement.company_id,
        enabled=enablement.enabled,
        void_below=enablement.void_below.model_dump(mode="json"),
        version=enablement.version,
        updated_at=enablement.updated_at,
    )


def _enablement_or_none(row: Record | None) -> Enablement | None:
    return None if row is None else _enablement(row)


def _enablement(row: Record) -> Enablement:
    return Enablement(
        app_id=row["app_id"],
        company_id=row["company_id"],
        enabled=row["enabled"],
        version=row["version"],
        void_below=VoidBelow.model_validate(row["void_below"]),
        updated_at=row["updated_at"],
    )
