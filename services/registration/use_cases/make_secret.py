"""Makes a new secret; the old ones end at once, or after an overlap, or together with their tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import SecretRotated
from grantstream.service.in_force import Progress
from services.registration.domain.app import App
from services.registration.domain.app_secrets import NewSecret
from services.registration.use_cases.app_change import change_app
from services.registration.use_cases.callers import demand_secret_keeper
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.precondition import ANY_VERSION, Precondition


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeSecret:
    """`overlap`: how long the old secrets stay accepted. `leaked`: they end at once, and their tokens are void."""

    app_id: str
    overlap: timedelta = timedelta(0)
    leaked: bool = False
    precondition: Precondition = ANY_VERSION


@dataclass(frozen=True, slots=True)
class MadeSecret:
    """The new secret, its application, and the progress of the change."""

    secret: NewSecret
    app: App
    progress: Progress


async def make_secret(parts: Parts, caller: AccessTokenClaims, order: MakeSecret) -> MadeSecret:
    """Gives an application a new secret.

    Raises AccessDenied, UnknownCaller, NotDevelopmentPartner, NotFound, StaleVersion, TooManySecrets, RowBelowFloor.
    """
    secret = parts.new_secret()

    def with_new_secret(app: App, now: datetime) -> App:
        if order.leaked:
            return app.with_leaked_secrets_replaced(secret, now=now)
        return app.with_new_secret(secret, overlap=order.overlap, most_active=parts.most_active_secrets, now=now)

    changed = await change_app(
        parts,
        caller,
        order.app_id,
        allow=await demand_secret_keeper(parts, caller, order.app_id),
        apply=with_new_secret,
        event=SecretRotated,
        precondition=order.precondition,
    )
    return MadeSecret(secret, changed.app, changed.progress)
