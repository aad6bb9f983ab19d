"""Secrets one by one: listing them, switching one on or off, deleting an inactive one."""

from collections.abc import Callable
from datetime import datetime

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import SecretRotated, SecretStatus
from grantstream.service.postgres import connection
from services.registration.domain.app import App
from services.registration.errors import NotFound
from services.registration.store import apps
from services.registration.use_cases.app_change import AppOrder, ChangedApp, change_app
from services.registration.use_cases.callers import actor_of
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.precondition import ANY_VERSION
from services.registration.use_cases.secret_callers import demand_secret_keeper


async def app_with_secrets(parts: Parts, claims: AccessTokenClaims, app_id: str) -> App:
    """The application whose secrets are asked for.

    Raises AccessDenied, UnknownCaller, NotDevelopmentPartner, NotFound and RowBelowFloor.
    """
    allow = await demand_secret_keeper(parts, claims, app_id)
    async with connection(parts.pool) as acquired:
        app = await apps.find(acquired, app_id)
    if app is None or app.deleted:
        raise NotFound("application")
    allow(app)
    return app


async def set_secret_status(
    parts: Parts, claims: AccessTokenClaims, app_id: str, secret_id: str, status: SecretStatus
) -> ChangedApp:
    """Switches a secret on or off. Tokens that it gave stay alive. Raises also TooManySecrets."""
    return await _change(
        parts,
        claims,
        app_id,
        lambda app, now: app.with_secret_status(secret_id, status, most_active=parts.most_active_secrets, now=now),
    )


async def delete_secret(parts: Parts, claims: AccessTokenClaims, app_id: str, secret_id: str) -> ChangedApp:
    """Deletes an inactive secret, and the tokens that it gave end with it. Raises also SecretStillActive."""
    return await _change(parts, claims, app_id, lambda app, now: app.without_secret(secret_id, now=now))


async def _change(
    parts: Parts, claims: AccessTokenClaims, app_id: str, change: Callable[[App, datetime], App]
) -> ChangedApp:
    allow = await demand_secret_keeper(parts, claims, app_id)
    order = AppOrder(allow=allow, change=change, event=SecretRotated, actor=actor_of(claims), precondition=ANY_VERSION)
    return await change_app(parts, app_id, order)
