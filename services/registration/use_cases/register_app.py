"""Registering an application, which enables it for the own company too (App Registration & Management page)."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import AppRegistered
from grantstream.events.producing.outbox import append_change
from grantstream.service.effect import Effect
from grantstream.service.postgres import transaction
from services.registration.domain.app import App
from services.registration.domain.app_details import AppDetails
from services.registration.domain.app_secrets import NewSecret
from services.registration.domain.enablement import Enablement
from services.registration.domain.permissions import roles_that_manage
from services.registration.store import apps, enablements
from services.registration.use_cases.callers import actor_of, demand_writer
from services.registration.use_cases.changes import change_of_app, change_of_enablement
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.published_state import SOURCE, app_event, enablement_event


@dataclass(frozen=True, slots=True)
class RegisteredApp:
    """A new application with its first secret, which is shown this once."""

    app: App
    secret: NewSecret
    effect: Effect


async def register_app(parts: Parts, claims: AccessTokenClaims, details: AppDetails) -> RegisteredApp:
    """Registers an application for the caller's company.

    Raises AccessDenied, UnknownCaller, NotDevelopmentPartner, RowBelowFloor, InvalidInput and StaffAssignedScopes.
    """
    company = await demand_writer(parts, claims, roles_that_manage)
    now, actor = parts.now(), actor_of(claims)
    secret = parts.new_secret()
    app = App.register(
        parts.new_app_id(),
        details,
        company_id=company.company_id,
        company_domain=company.domain,
        secret=secret,
        now=now,
    )
    enablement = Enablement(app_id=app.app_id, company_id=app.company_id, updated_at=now).enable(now)
    async with transaction(parts.pool) as connection:
        await apps.insert(connection, app)
        await enablements.insert(connection, enablement)
        await append_change(connection, app_event(AppRegistered, app, actor), source=SOURCE, now=now)
        await append_change(connection, enablement_event(enablement, actor), source=SOURCE, now=now)
    effect = await parts.effects.of([change_of_app(app), change_of_enablement(enablement)])
    return RegisteredApp(app, secret, effect)
