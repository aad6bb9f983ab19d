"""The events of the registration service: applications with their secrets, and enablements."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from grantstream.contracts import subjects
from grantstream.contracts.events.state import VoidableState
from grantstream.contracts.many import Many


class SecretStatus(StrEnum):
    """Whether a secret is accepted."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class Visibility(StrEnum):
    """To whom an application is available: its own company, or every company."""

    PRIVATE = "private"
    PUBLIC = "public"


class Actor(BaseModel):
    """Who asked for a change: a user by `user_id`, or an application by its client id. Never a name or an address."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["user", "client"]
    id: str


def _within_epoch_range(moment: datetime) -> datetime:
    try:
        moment.timestamp()
    except (OverflowError, OSError) as error:
        raise ValueError("is no moment that can be counted in seconds") from error
    return moment


class SecretState(BaseModel):
    """One client secret: its digest, never its value.

    `digest` is `sha256:` and hexadecimal digits of the SHA-256 of the value. After `expires_at` it is not accepted.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    secret_id: str
    digest: Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")]
    status: SecretStatus
    created_at: datetime
    expires_at: Annotated[datetime, AfterValidator(_within_epoch_range)] | None = None


class AppState(VoidableState):
    """A whole application. `token_endpoint_auth_method` None: client_secret_post and client_secret_basic are accepted.

    `key_space`: the subjects that it may write events about, as `subjects.within` reads them.
    """

    app_id: str
    company_id: str
    company_domain: str
    name: str
    description: str
    active: bool
    visibility: Visibility
    apis: Many[str]
    sensitive_data_groups: Many[str]
    scopes: Many[str]
    allowed_grants: Many[str]
    redirect_uris: Many[str]
    environment: str
    token_endpoint_auth_method: str | None = None
    secrets: Many[SecretState]
    suspended: bool = False
    key_space: Many[str] = ()
    deleted: bool = False
    created_at: datetime
    updated_at: datetime
    actor: Actor | None = None

    change_fields: ClassVar[frozenset[str]] = frozenset({"actor"})

    @property
    def subject(self) -> str:
        """`app/{app_id}`."""
        return subjects.app(self.app_id)


class AppRegistered(AppState):
    """An application was created."""


class AppModified(AppState):
    """An application was changed."""


class AppDeleted(AppState):
    """An application was deleted for good; `deleted` is always true, and required."""

    deleted: Literal[True]


class AppReviewed(AppState):
    """Staff decided on an application's review, visibility, suspension or scopes."""


class SecretRotated(AppState):
    """An application's secrets changed."""


class EnablementState(VoidableState):
    """Whether one company lets one application reach its data."""

    app_id: str
    company_id: str
    enabled: bool
    updated_at: datetime
    actor: Actor | None = None

    change_fields: ClassVar[frozenset[str]] = frozenset({"actor"})

    @property
    def subject(self) -> str:
        """`enablement/{app_id}/{company_id}`."""
        return subjects.enablement(self.app_id, self.company_id)


class AppEnabled(EnablementState):
    """A company enabled an application."""

    enabled: Literal[True]


class AppDisabled(EnablementState):
    """A company disabled an application."""

    enabled: Literal[False]
