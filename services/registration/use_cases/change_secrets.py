"""Lists secrets, activates or deactivates one, deletes an inactive one."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import SecretRotated, SecretStatus
from grantstream.postgres.pool import connection
from services.registration.domain.app_secrets import Secret
from services.registration.errors import NotFound
from services.registration.store import apps
from services.registration.use_cases.app_change import ChangedApp, change_app
from services.registration.use_cases.callers import demand_secret_keeper
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.precondition import ANY_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSecretStatus:
    """The new status of an application's secret."""

    app_id: str
    secret_id: str
    status: SecretStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSecret:
    """The secret of an application to delete."""

    app_id: str
    secret_id: str


async def list_secrets(parts: Parts, caller: AccessTokenClaims, app_id: str) -> tuple[Secret, ...]:
    """All secrets of an application.

    Raises AccessDenied, UnknownCaller, NotDevelopmentPartner, NotFound and RowBelowFloor.
    """
    allow = await demand_secret_keeper(parts, caller, app_id)
    async with connection(parts.pool) as acquired:
        app = await apps.find(acquired, app_id)
    if app is None or app.state.deleted:
        raise NotFound("application")
    allow(app)
    return app.secrets


async def set_secret_status(parts: Parts, caller: AccessTokenClaims, order: SetSecretStatus) -> ChangedApp:
    """Activates or deactivates a secret; its tokens stay valid. Raises as `list_secrets`, and TooManySecrets."""
    return await change_app(
        parts,
        caller,
        order.app_id,
        allow=await demand_secret_keeper(parts, caller, order.app_id),
        apply=lambda app, now: app.with_secret_status(
            order.secret_id, order.status, most_active=parts.most_active_secrets, now=now
        ),
        event=SecretRotated,
        precondition=ANY_VERSION,
    )


async def delete_secret(parts: Parts, caller: AccessTokenClaims, order: DeleteSecret) -> ChangedApp:
    """Deletes an inactive secret and voids its tokens. Raises as `list_secrets`, and SecretStillActive."""
    return await change_app(
        parts,
        caller,
        order.app_id,
        allow=await demand_secret_keeper(parts, caller, order.app_id),
        apply=lambda app, now: app.without_secret(order.secret_id, now=now),
        event=SecretRotated,
        precondition=ANY_VERSION,
    )
