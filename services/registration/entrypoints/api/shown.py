"""What answers show. A secret's value is shown once, a digest never."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from grantstream.service.effect_shown import ShownPending
from grantstream.service.moments import Moment
from services.registration.domain.api_catalogue import Api
from services.registration.domain.app import App
from services.registration.domain.app_secrets import NewSecret, Secret
from services.registration.domain.enablement import Enablement
from services.registration.use_cases.read_company_apps import ListedApp


class Shown(BaseModel):
    """Anything in an answer: names in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class ShownSecretValue(Shown):
    """A secret at the one time when its value is shown."""

    id: str
    value: str


class WithEffect(Shown):
    """Has, only in an answer 202, who does not go by the change yet, and where to ask again."""

    pending: list[ShownPending] | None = Field(default=None, description="Only with status 202.")
    status: str | None = Field(default=None, description="Only with status 202: where to ask how far it has come.")


class ShownApp(WithEffect):
    """An application as its owner and the staff see it."""

    app_id: str
    company_id: str
    company_domain: str
    name: str
    description: str
    active: bool
    visibility: Literal["private", "public"]
    apis: list[str]
    sensitive_data_groups: list[str]
    scopes: list[str]
    allowed_grants: list[str]
    redirect_uris: list[str]
    environment: str
    review_complete: bool
    suspended: bool
    key_space: list[str] = Field(description="What it may write events about.")
    version: int
    created_at: Moment
    updated_at: Moment
    secret: ShownSecretValue | None = Field(default=None, description="Only when the application was registered.")

    @classmethod
    def of(cls, app: App, secret: NewSecret | None = None) -> "ShownApp":
        """An application, with its first secret if it has just been made."""
        details, review = app.details, app.review
        return cls(
            app_id=app.app_id,
            company_id=app.company_id,
            company_domain=app.company_domain,
            name=details.name,
            description=details.description,
            active=details.active,
            visibility=review.visibility.value,
            apis=list(details.apis),
            sensitive_data_groups=list(details.sensitive_data_groups),
            scopes=list(details.scopes),
            allowed_grants=list(details.allowed_grants),
            redirect_uris=list(details.redirect_uris),
            environment=details.environment,
            review_complete=review.complete,
            suspended=review.suspended,
            key_space=list(review.key_space),
            version=app.version,
            created_at=app.created_at,
            updated_at=app.updated_at,
            secret=None if secret is None else ShownSecretValue(id=secret.secret_id, value=secret.value),
        )


class ShownListedApp(Shown):
    """An application as a company sees it that may enable it: what it is for and what it asks to reach."""

    app_id: str
    name: str
    description: str
    company_domain: str
    visibility: Literal["private", "public"]
    active: bool
    apis: list[str]
    sensitive_data_groups: list[str]
    scopes: list[str]
    enabled: bool

    @classmethod
    def of(cls, listed: ListedApp) -> "ShownListedApp":
        """One entry of a company's list."""
        app = listed.app
        return cls(
            app_id=app.app_id,
            name=app.details.name,
            description=app.details.description,
            company_domain=app.company_domain,
            visibility=app.review.visibility.value,
            active=app.details.active and not app.review.suspended,
            apis=list(app.details.apis),
            sensitive_data_groups=list(app.details.sensitive_data_groups),
            scopes=list(app.details.scopes),
            enabled=listed.enabled,
        )


class ShownPage(Shown):
    """A page of applications."""

    items: list[ShownApp]
    next: str | None = Field(default=None, description="The following page; absent at the end.")


class ShownListedPage(Shown):
    """A page of a company's list."""

    items: list[ShownListedApp]
    next: str | None = Field(default=None, description="The following page; absent at the end.")


class ShownEnablement(WithEffect):
    """Whether a company lets an application in. Version 0: it never has."""

    app_id: str
    company_id: str
    enabled: bool
    version: int
    updated_at: Moment

    @classmethod
    def of(cls, enablement: Enablement) -> "ShownEnablement":
        """An enablement as it is now."""
        return cls(
            app_id=enablement.app_id,
            company_id=enablement.company_id,
            enabled=enablement.enabled,
            version=enablement.version,
            updated_at=enablement.updated_at,
        )


class ShownSecret(Shown):
    """A secret without its value."""

    id: str
    status: Literal["Active", "Inactive"]
    created_at: Moment
    updated_at: Moment
    expires_at: Moment | None = None

    @classmethod
    def of(cls, secret: Secret, now: datetime) -> "ShownSecret":
        """A secret as it is at a moment: one whose time is over is inactive."""
        return cls(
            id=secret.secret_id,
            status="Active" if secret.is_taken(now) else "Inactive",
            created_at=secret.created_at,
            updated_at=secret.updated_at,
            expires_at=secret.expires_at,
        )


class ShownNewSecret(WithEffect):
    """A new secret, whose value is shown this once. `version` is the application's."""

    id: str
    value: str
    app_id: str
    version: int


class ShownApi(Shown):
    """An API that an application can choose."""

    id: str
    name: str
    scopes: list[str]
    sensitive_data_groups: list[str]
    needs: list[str] = Field(description="APIs that must be chosen beside it.")

    @classmethod
    def of(cls, api: Api) -> "ShownApi":
        """One entry of the catalogue."""
        return cls(
            id=api.api_id,
            name=api.name,
            scopes=list(api.scopes),
            sensitive_data_groups=list(api.sensitive_data_groups),
            needs=list(api.needs),
        )
