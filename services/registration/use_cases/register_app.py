"""Registers an application, and enables it for the own company (App Registration & Management page)."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import AppRegistered
from grantstream.service.in_force import Progress
from services.registration.domain.app import App
from services.registration.domain.app_details import AppDetails
from services.registration.domain.app_secrets import NewSecret
from services.registration.domain.enablement import Enablement
from services.registration.domain.permissions import roles_that_manage
from services.registration.store import apps, enablements
from services.registration.use_cases.callers import actor_of, demand_writer
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.published_state import app_event, enablement_event


@dataclass(frozen=True, slots=True)
class RegisteredApp:
    """A new application with its first secret."""

    app: App
    secret: NewSecret
    progress: Progress


async def register_app(parts: Parts, caller: AccessTokenClaims, order: AppDetails) -> RegisteredApp:
    """Registers an application for the caller's company.

    Raises AccessDenied, UnknownCaller, NotDevelopmentPartner, RowBelowFloor, InvalidInput and StaffAssignedScopes.
    """
    company = await demand_writer(parts, caller, roles_that_manage)
    secret, actor = parts.new_secret(), actor_of(caller)
    async with parts.changes.begin() as change:
        app = App.register(
            parts.new_id(),
            order,
            company_id=company.company_id,
            company_domain=company.domain,
            secret=secret,
            now=change.now,
        )
        enablement = Enablement(app_id=app.app_id, company_id=app.company_id, updated_at=change.now).enable(change.now)
        await apps.insert(change.connection, app)
        await enablements.insert(change.connection, enablement)
        await change.publish(app_event(AppRegistered, app, actor))
        await change.publish(enablement_event(enablement, actor))
    return RegisteredApp(app, secret, change.progress)
