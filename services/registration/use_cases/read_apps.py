"""Reading applications: one, or a page of those that the caller may see whole."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.service.postgres import connection
from services.registration.domain.app import App
from services.registration.errors import NotFound
from services.registration.store import apps
from services.registration.store.paging import Position, Slice
from services.registration.use_cases.callers import demand_owner, demand_reader, is_own_app, is_staff
from services.registration.use_cases.parts import Parts

EntryT = TypeVar("EntryT")


@dataclass(frozen=True, slots=True)
class Page(Generic[EntryT]):
    """Some entries of a list; `following` is where the next page starts, None at the end."""

    entries: list[EntryT]
    following: Position | None


async def read_app(parts: Parts, claims: AccessTokenClaims, app_id: str, *, deleted: bool = False) -> App:
    """One application: the own company's, any for the staff, itself for an application.

    `deleted`: also one that was deleted. Raises AccessDenied, UnknownCaller, NotFound and RowBelowFloor.
    """
    if not is_own_app(claims, app_id):
        await demand_reader(parts, claims)
    async with connection(parts.pool) as acquired:
        app = await apps.find(acquired, app_id)
    if app is None or (app.deleted and not deleted):
        raise NotFound("application")
    if not is_staff(claims) and not is_own_app(claims, app_id):
        demand_owner(claims.company_id, app)
    return app


async def list_apps(parts: Parts, claims: AccessTokenClaims, part: Slice) -> Page[App]:
    """A page of the own company's applications; for the staff, of all. Raises AccessDenied and UnknownCaller."""
    await demand_reader(parts, claims)
    one_more = Slice(part.after, part.size + 1)
    async with connection(parts.pool) as acquired:
        if is_staff(claims):
            found = await apps.of_all(acquired, one_more)
        else:
            found = await apps.of_company(acquired, claims.company_id or "", one_more)
    shown = found[: part.size]
    return Page(shown, position_of(shown[-1]) if len(found) > part.size else None)


def position_of(app: App) -> Position:
    """An application's place in a list."""
    return Position(app.created_at, app.app_id)
