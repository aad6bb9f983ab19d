"""The bodies of answers. Only one answer contains a secret's value, and none a digest."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from grantstream.service.bodies import Moment, ResponseBody
from grantstream.service.progress_answer import ChangeResponse
from services.registration.domain.api_catalogue import Api
from services.registration.domain.app import App
from services.registration.domain.app_secrets import NewSecret, Secret
from services.registration.domain.enablement import Enablement
from services.registration.use_cases.read_company_apps import ListedApp


class SecretValueResponse(ResponseBody):
    """A new secret with its value."""

    id: str
    value: str


class AppResponse(ChangeResponse):
    """An application, for its owner and the staff."""

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
    secret: SecretValueResponse | None = Field(default=None, description="Only when the application was registered.")

    @classmethod
    def of(cls, app: App, secret: NewSecret | None = None) -> "AppResponse":
        """An application, with its first secret if it has just been registered."""
        of_review = {"review_complete": app.review_complete}
        once = None if secret is None else SecretValueResponse(id=secret.secret_id, value=secret.value)
        return cls.model_validate(app.state.model_dump() | of_review | {"secret": once})


class ListedAppResponse(ResponseBody):
    """An application, for a company that may enable it: its purpose and the rights that it requests."""

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
    def of(cls, listed: ListedApp) -> "ListedAppResponse":
        """One entry of a company's list."""
        state = listed.app.state
        seen = {"active": state.active and not state.suspended, "enabled": listed.enabled}
        return cls.model_validate(state.model_dump() | seen)


class AppPageResponse(ResponseBody):
    """A page of applications."""

    items: list[AppResponse]
    next: str | None = Field(default=None, description="The following page; absent at the end.")


class ListedPageResponse(ResponseBody):
    """A page of a company's list."""

    items: list[ListedAppResponse]
    next: str | None = Field(default=None, description="The following page; absent at the end.")


class EnablementResponse(ChangeResponse):
    """Whether a company has enabled an application. Version 0: it never has."""

    app_id: str
    company_id: str
    enabled: bool
    version: int
    updated_at: Moment

    @classmethod
    def of(cls, enablement: Enablement) -> "EnablementResponse":
        """The response for an enablement."""
        return cls.model_validate(enablement.state.model_dump())


class SecretResponse(ResponseBody):
    """A secret without its value."""

    id: str
    status: Literal["Active", "Inactive"]
    created_at: Moment
    updated_at: Moment
    expires_at: Moment | None = None

    @classmethod
    def of(cls, secret: Secret, now: datetime) -> "SecretResponse":
        """A secret at a moment: an expired one is inactive."""
        return cls(
            id=secret.secret_id,
            status="Active" if secret.is_accepted(now) else "Inactive",
            created_at=secret.created_at,
            updated_at=secret.updated_at,
            expires_at=secret.expires_at,
        )


class NewSecretResponse(ChangeResponse):
    """A new secret; no later answer contains its value. `version` is the application's."""

    id: str
    value: str
    app_id: str
    version: int

    @classmethod
    def of(cls, secret: NewSecret, app: App) -> "NewSecretResponse":
        """The response for a new secret of an application."""
        return cls(id=secret.secret_id, value=secret.value, app_id=app.state.app_id, version=app.state.version)


class ApiResponse(ResponseBody):
    """An API that an application can choose."""

    id: str
    name: str
    scopes: list[str]
    sensitive_data_groups: list[str]
    needs: list[str] = Field(description="APIs that must be chosen beside it.")

    @classmethod
    def of(cls, api: Api) -> "ApiResponse":
        """One entry of the catalogue."""
        return cls(
            id=api.api_id,
            name=api.name,
            scopes=list(api.scopes),
            sensitive_data_groups=list(api.sensitive_data_groups),
            needs=list(api.needs),
        )
