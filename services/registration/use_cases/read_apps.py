"""Reads one application, a page of applications with all their data, or how far a change of one has come."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.postgres.pool import connection
from grantstream.service.in_force import Progress, Version
from services.registration.domain.app import App
from services.registration.errors import NotFound
from services.registration.store import apps
from services.registration.store.paging import Position, Slice
from services.registration.use_cases.callers import demand_owner, demand_reader, is_own_app, is_staff
from services.registration.use_cases.parts import Parts

EntryT = TypeVar("EntryT")


@dataclass(frozen=True, slots=True)
class Page(Generic[EntryT]):
    """A page of a list; `following`: where the next page starts, None at the end."""

    entries: list[EntryT]
    following: Position | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadApp:
    """The application to read; `deleted`: even if it is deleted."""

    app_id: str
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAppChange:
    """A version of an application."""

    app_id: str
    version: int


async def read_app(parts: Parts, caller: AccessTokenClaims, order: ReadApp) -> App:
    """One application: of the caller's company, any for the staff, itself for an application's token.

    Raises AccessDenied, UnknownCaller, NotFound and RowBelowFloor.
    """
    if not is_own_app(caller, order.app_id):
        await demand_reader(parts, caller)
    async with connection(parts.pool) as acquired:
        app = await apps.find(acquired, order.app_id)
    if app is None or (app.state.deleted and not order.deleted):
        raise NotFound("application")
    if not is_staff(caller) and not is_own_app(caller, order.app_id):
        demand_owner(caller.company_id, app)
    return app


async def list_apps(parts: Parts, caller: AccessTokenClaims, order: Slice) -> Page[App]:
    """A page of the own company's applications; for the staff, of all. Raises AccessDenied and UnknownCaller."""
    await demand_reader(parts, caller)
    one_more = Slice(order.after, order.size + 1)
    async with connection(parts.pool) as acquired:
        if is_staff(caller):
            rows = await apps.of_all(acquired, one_more)
        else:
            rows = await apps.of_company(acquired, caller.company_id or "", one_more)
    entries = rows[: order.size]
    return Page(entries, position_of(entries[-1]) if len(rows) > order.size else None)


async def read_app_change(parts: Parts, caller: AccessTokenClaims, order: ReadAppChange) -> Progress:
    """The progress of a version of an application, also after its deletion.

    Raises AccessDenied, UnknownCaller, NotFound and NoSuchChange.
    """
    app = await read_app(parts, caller, ReadApp(app_id=order.app_id, deleted=True))
    return await parts.changes.progress(Version.of(app.state), order.version)


def position_of(app: App) -> Position:
    """An application's place in a list."""
    return Position(app.state.created_at, app.state.app_id)
