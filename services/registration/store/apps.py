"""Applications in the database. Every function works in the caller's transaction."""

from typing import Any

from grantstream.contracts.events.registration import AppModified
from grantstream.postgres.pool import Connection, Record
from services.registration.domain.app import App
from services.registration.domain.app_secrets import Secret
from services.registration.store.paging import Slice
from services.registration.store.sql import QUERIES


async def insert(connection: Connection, app: App) -> None:
    """Stores a new application."""
    await QUERIES.insert_app(connection, **_values(app))


async def update(connection: Connection, app: App) -> None:
    """Stores a changed application; `lock` must have read it in this transaction."""
    await QUERIES.update_app(connection, **_values(app))


async def find(connection: Connection, app_id: str) -> App | None:
    """The application with this id, even a deleted one."""
    return _app_or_none(await QUERIES.get_app(connection, app_id=app_id))


async def lock(connection: Connection, app_id: str) -> App | None:
    """The same, locked against changes until this transaction ends."""
    return _app_or_none(await QUERIES.lock_app(connection, app_id=app_id))


async def share(connection: Connection, app_id: str) -> App | None:
    """The same, with a shared lock against changes until this transaction ends."""
    return _app_or_none(await QUERIES.share_app(connection, app_id=app_id))


async def keys(connection: Connection, after: str, limit: int) -> list[str]:
    """The ids of all applications after the id `after`, at most `limit`."""
    return [row["app_id"] for row in await QUERIES.app_keys(connection, after=after, size=limit)]


async def of_company(connection: Connection, company_id: str, part: Slice) -> list[App]:
    """A company's own applications."""
    return [_app(row) for row in await QUERIES.apps_of_company(connection, company_id=company_id, **_bounds(part))]


async def of_all(connection: Connection, part: Slice) -> list[App]:
    """Every company's applications."""
    return [_app(row) for row in await QUERIES.apps_of_all(connection, **_bounds(part))]


async def available_to(connection: Connection, company_id: str, part: Slice) -> list[tuple[App, bool]]:
    """The applications that a company may enable, each with whether it has."""
    rows = await QUERIES.available_apps(connection, company_id=company_id, **_bounds(part))
    return [(_app(row), row["enabled"]) for row in rows]


async def enabled_by(connection: Connection, company_id: str, part: Slice) -> list[tuple[App, bool]]:
    """The applications that a company has enabled."""
    rows = await QUERIES.enabled_apps(connection, company_id=company_id, **_bounds(part))
    return [(_app(row), row["enabled"]) for row in rows]


def _bounds(part: Slice) -> dict[str, Any]:
    return {"after_created_at": part.after.created_at, "after_app_id": part.after.app_id, "size": part.size}


def _values(app: App) -> dict[str, Any]:
    return {
        "app_id": app.state.app_id,
        "company_id": app.state.company_id,
        "created_at": app.state.created_at,
        "review_complete": app.review_complete,
        "state": app.state.model_dump(mode="json", exclude={"actor", "secrets"}),
        "secrets": [secret.model_dump(mode="json") for secret in app.secrets],
    }


def _app_or_none(row: Record | None) -> App | None:
    return None if row is None else _app(row)


def _app(row: Record) -> App:
    # The secrets have more than the state's contract says of them, which they keep.
    secrets = tuple(Secret.model_validate(secret) for secret in row["secrets"])
    state = AppModified.model_validate(row["state"] | {"secrets": secrets})
    return App(state=state, review_complete=row["review_complete"])
