"""Registers an application, and enables it for the own company (App Registration & Management page)."""

from dataclasses import dataclass
from typing import Any

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import AppRegistered
from grantstream.service.in_force import Progress
from services.registration.domain.app import App
from services.registration.domain.app_secrets import NewSecret
from services.registration.domain.enablement import Enablement
from services.registration.domain.permissions import roles_that_manage
from services.registration.store import apps, enablements
from services.registration.use_cases.callers import actor_of, demand_writer
from services.registration.use_cases.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterApp:
    """All fields that an owner sets, by the names of the contract."""

    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RegisteredApp:
    """A new application with its first secret."""

    app: App
    secret: NewSecret
    progress: Progress


async def register_app(parts: Parts, caller: AccessTokenClaims, order: RegisterApp) -> RegisteredApp:
    """Registers an application for the caller's company.

    Raises AccessDenied, UnknownCaller, NotDevelopmentPartner, RowBelowFloor, InvalidInput and StaffAssignedScopes.
    """
    company = await demand_writer(parts, caller, roles_that_manage)
    secret, actor = parts.new_secret(), actor_of(caller)
    async with parts.changes.begin() as change:
        app = App.register(
            order.details,
            app_id=parts.new_id(),
            company_id=company.company_id,
            company_domain=company.domain,
            secret=secret,
            now=change.now,
        )
        never_given = Enablement.never_given(app.state.app_id, app.state.company_id, change.now)
        enablement = never_given.enable(change.now)
        await apps.insert(change.connection, app)
        await enablements.insert(change.connection, enablement)
        await change.publish(app.event(AppRegistered, actor))
        await change.publish(enablement.event(actor))
    return RegisteredApp(app, secret, change.progress)
