"""Applications in the database. Every function works in the caller's transaction."""

from typing import Any

from pydantic import TypeAdapter

from grantstream.contracts.events.registration import Visibility
from grantstream.contracts.void import VoidBelow
from grantstream.postgres.pool import Connection, Record
from services.registration.domain.app import App
from services.registration.domain.app_details import AppDetails
from services.registration.domain.app_secrets import Secret
from services.registration.domain.review import Review
from services.registration.store.paging import Slice
from services.registration.store.queries import QUERIES

_SECRETS = TypeAdapter(tuple[Secret, ...])


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
    details, review = app.details, app.review
    return {
        "app_id": app.app_id,
        "company_id": app.company_id,
        "company_domain": app.company_domain,
        "name": details.name,
        "description": details.description,
        "active": details.active,
        "apis": list(details.apis),
        "sensitive_data_groups": list(details.sensitive_data_groups),
        "scopes": list(details.scopes),
        "allowed_grants": list(details.allowed_grants),
        "redirect_uris": list(details.redirect_uris),
        "environment": details.environment,
        "review_complete": review.complete,
        "visibility": review.visibility.value,
        "suspended": review.suspended,
        "key_space": list(review.key_space),
        "deleted": app.deleted,
        "token_endpoint_auth_method": app.token_endpoint_auth_method,
        "secrets": _SECRETS.dump_python(app.secrets, mode="json"),
        "void_below": app.void_below.model_dump(mode="json"),
        "version": app.version,
        "created_at": app.created_at,
        "updated_at": app.updated_at,
    }


def _app_or_none(row: Record | None) -> App | None:
    return None if row is None else _app(row)


def _app(row: Record) -> App:
    return App(
        app_id=row["app_id"],
        company_id=row["company_id"],
        company_domain=row["company_domain"],
        details=AppDetails(
            name=row["name"],
            description=row["description"],
            active=row["active"],
            apis=tuple(row["apis"]),
            sensitive_data_groups=tuple(row["sensitive_data_groups"]),
            scopes=tuple(row["scopes"]),
            allowed_grants=tuple(row["allowed_grants"]),
            redirect_uris=tuple(row["redirect_uris"]),
            environment=row["environment"],
        ),
        review=Review(
            complete=row["review_complete"],
            visibility=Visibility(row["visibility"]),
            suspended=row["suspended"],
            key_space=tuple(row["key_space"]),
        ),
        secrets=_SECRETS.validate_python(row["secrets"]),
        deleted=row["deleted"],
        token_endpoint_auth_method=row["token_endpoint_auth_method"],
        version=row["version"],
        void_below=VoidBelow.model_validate(row["void_below"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
