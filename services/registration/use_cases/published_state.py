"""The events of applications and enablements: they carry the whole public state."""

from typing import TypeVar

from grantstream.contracts.events.registration import (
    Actor,
    AppDisabled,
    AppEnabled,
    AppState,
    EnablementState,
    SecretState,
)
from services.registration.domain.app import App
from services.registration.domain.app_secrets import Secret
from services.registration.domain.enablement import Enablement

AppEventT = TypeVar("AppEventT", bound=AppState)


def app_event(kind: type[AppEventT], app: App, actor: Actor | None = None) -> AppEventT:
    """The event of an application. `actor`: the caller who changed it; None if a state is published again."""
    details, review = app.details, app.review
    return kind(
        app_id=app.app_id,
        company_id=app.company_id,
        company_domain=app.company_domain,
        name=details.name,
        description=details.description,
        active=details.active,
        visibility=review.visibility,
        apis=details.apis,
        sensitive_data_groups=details.sensitive_data_groups,
        scopes=details.scopes,
        allowed_grants=details.allowed_grants,
        redirect_uris=details.redirect_uris,
        environment=details.environment,
        token_endpoint_auth_method=app.token_endpoint_auth_method,
        secrets=tuple(_secret_state(secret) for secret in app.secrets),
        suspended=review.suspended,
        key_space=review.key_space,
        deleted=app.deleted,
        version=app.version,
        void_below=app.void_below,
        created_at=app.created_at,
        updated_at=app.updated_at,
        actor=actor,
    )


def enablement_event(enablement: Enablement, actor: Actor | None = None) -> EnablementState:
    """The event of an enablement."""
    kind: type[EnablementState] = AppEnabled if enablement.enabled else AppDisabled
    return kind(
        app_id=enablement.app_id,
        company_id=enablement.company_id,
        enabled=enablement.enabled,
        version=enablement.version,
        void_below=enablement.void_below,
        updated_at=enablement.updated_at,
        actor=actor,
    )


def _secret_state(secret: Secret) -> SecretState:
    return SecretState(
        secret_id=secret.secret_id,
        digest=secret.digest,
        status=secret.status,
        created_at=secret.created_at,
        expires_at=secret.expires_at,
    )
