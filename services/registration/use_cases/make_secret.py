"""A new secret, shown once; the old ones end at once, or after an overlap, or with all that they gave."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import SecretRotated
from services.registration.domain.app import App
from services.registration.domain.app_secrets import NewSecret
from services.registration.use_cases.app_change import AppOrder, ChangedApp, change_app
from services.registration.use_cases.callers import actor_of
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.precondition import ANY_VERSION, Precondition
from services.registration.use_cases.secret_callers import demand_secret_keeper


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeSecret:
    """`overlap`: how long the old secrets are still taken. `leaked`: they are not, and tokens they gave are void."""

    overlap: timedelta = timedelta(0)
    leaked: bool = False
    precondition: Precondition = ANY_VERSION


@dataclass(frozen=True, slots=True)
class MadeSecret:
    """The new secret and the application that has it."""

    secret: NewSecret
    changed: ChangedApp


async def make_secret(parts: Parts, claims: AccessTokenClaims, app_id: str, order: MakeSecret) -> MadeSecret:
    """Gives an application a new secret.

    Raises AccessDenied, UnknownCaller, NotDevelopmentPartner, NotFound, StaleVersion, TooManySecrets, RowBelowFloor.
    """
    allow = await demand_secret_keeper(parts, claims, app_id)
    secret = parts.new_secret()

    def change(app: App, now: datetime) -> App:
        if order.leaked:
            return app.with_leaked_secrets_replaced(secret, now=now)
        return app.with_new_secret(secret, overlap=order.overlap, most_active=parts.most_active_secrets, now=now)

    changed = await change_app(
        parts,
        app_id,
        AppOrder(
            allow=allow,
            change=change,
            event=SecretRotated,
            actor=actor_of(claims),
            precondition=order.precondition,
        ),
    )
    return MadeSecret(secret, changed)
