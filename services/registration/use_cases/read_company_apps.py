"""Reads the applications that a company may enable or has enabled, one enablement, and how far its change has come."""

from dataclasses import dataclass
from enum import StrEnum

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.postgres.pool import connection
from grantstream.service.in_force import Progress, Version
from services.registration.domain.app import App
from services.registration.domain.enablement import Enablement
from services.registration.errors import NotFound
from services.registration.store import apps, enablements
from services.registration.store.paging import Slice
from services.registration.use_cases.callers import demand_own_company, demand_reader
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.read_apps import Page, position_of


class ListingStatus(StrEnum):
    """The two lists of a company."""

    AVAILABLE = "available"
    ENABLED = "enabled"


@dataclass(frozen=True, slots=True)
class ListedApp:
    """An application in a company's list, and whether the company has enabled it."""

    app: App
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCompanyApps:
    """A part of one of a company's lists."""

    company_id: str
    status: ListingStatus
    part: Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEnablement:
    """The enablement to read."""

    company_id: str
    app_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEnablementChange:
    """A version of an enablement."""

    company_id: str
    app_id: str
    version: int


async def list_company_apps(parts: Parts, caller: AccessTokenClaims, order: ListCompanyApps) -> Page[ListedApp]:
    """A page of one of the two lists. Raises AccessDenied, UnknownCaller and NotFound."""
    await demand_reader(parts, caller)
    demand_own_company(caller, order.company_id)
    part = order.part
    listing = apps.available_to if order.status is ListingStatus.AVAILABLE else apps.enabled_by
    async with connection(parts.pool) as acquired:
        rows = await listing(acquired, order.company_id, Slice(part.after, part.size + 1))
    entries = [ListedApp(app, enabled) for app, enabled in rows[: part.size]]
    return Page(entries, position_of(entries[-1].app) if len(rows) > part.size else None)


async def read_enablement(parts: Parts, caller: AccessTokenClaims, order: ReadEnablement) -> Enablement:
    """The own company's enablement of an application. Raises AccessDenied, UnknownCaller and NotFound."""
    await demand_reader(parts, caller)
    demand_own_company(caller, order.company_id)
    async with connection(parts.pool) as acquired:
        app = await apps.find(acquired, order.app_id)
        enablement = await enablements.find(acquired, order.app_id, order.company_id)
    if app is None or app.state.deleted or (enablement is None and not app.is_visible_to(order.company_id)):
        raise NotFound("application")
    return enablement or Enablement.never_given(order.app_id, order.company_id, app.state.created_at)


async def read_enablement_change(parts: Parts, caller: AccessTokenClaims, order: ReadEnablementChange) -> Progress:
    """The progress of a version of an enablement. Raises AccessDenied, UnknownCaller, NotFound and NoSuchChange."""
    asked = ReadEnablement(company_id=order.company_id, app_id=order.app_id)
    enablement = await read_enablement(parts, caller, asked)
    return await parts.changes.progress(Version.of(enablement.state), order.version)
