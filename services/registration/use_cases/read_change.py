"""Reads the progress of a change, for clients that got a 202."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.service.in_force import Progress, Version
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.read_apps import ReadApp, read_app
from services.registration.use_cases.read_company_apps import ReadEnablement, read_enablement


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAppChange:
    """A version of an application."""

    app_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEnablementChange:
    """A version of an enablement."""

    company_id: str
    app_id: str
    version: int


async def read_app_change(parts: Parts, caller: AccessTokenClaims, order: ReadAppChange) -> Progress:
    """The progress of a version of an application, also after its deletion.

    Raises AccessDenied, UnknownCaller, NotFound and NoSuchChange.
    """
    app = await read_app(parts, caller, ReadApp(app_id=order.app_id, deleted=True))
    return await parts.changes.progress(Version.of(app.state), order.version)


async def read_enablement_change(parts: Parts, caller: AccessTokenClaims, order: ReadEnablementChange) -> Progress:
    """The progress of a version of an enablement.

    Raises AccessDenied, UnknownCaller, NotFound and NoSuchChange.
    """
    asked = ReadEnablement(company_id=order.company_id, app_id=order.app_id)
    enablement = await read_enablement(parts, caller, asked)
    return await parts.changes.progress(Version.of(enablement.state), order.version)
