"""The events of the token service: companies, users, signing keys, grants, usage."""

from datetime import datetime
from typing import Any

from pydantic import NonNegativeInt

from grantstream.contracts import subjects
from grantstream.contracts.events.state import AggregateState, EventData, VoidableState
from grantstream.contracts.many import Many
from grantstream.contracts.roles import Role


class CompanyRegistered(AggregateState):
    """A whole company, new or changed."""

    company_id: str
    name: str
    domain: str
    development_partner: bool
    sandbox: bool
    created_at: datetime
    updated_at: datetime

    @property
    def subject(self) -> str:
        """`company/{company_id}`."""
        return subjects.company(self.company_id)


class UserState(VoidableState):
    """A whole user, without a password or its digest."""

    user_id: str
    company_id: str
    login: str
    roles: Many[Role]
    active: bool
    created_at: datetime
    updated_at: datetime

    @property
    def subject(self) -> str:
        """`user/{user_id}`."""
        return subjects.user(self.user_id)


class UserRegistered(UserState):
    """A user was created."""


class UserModified(UserState):
    """A user was changed."""


class KeyPublished(AggregateState):
    """The public half of a signing key (RFC 7517).

    `retired`: it stopped signing at `retired_at`, and vouches only for tokens issued until then. `withdrawn_at`: it
    may have been stolen; from then on it vouches for no request, and only for events appended before.
    """

    kid: str
    jwk: dict[str, Any]
    retired: bool = False
    created_at: datetime
    retired_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def subject(self) -> str:
        """`key/{kid}`."""
        return subjects.signing_key(self.kid)


class GrantRevoked(EventData):
    """A grant ended, with every token issued from it."""

    grant_id: str
    app_id: str
    user_id: str | None
    company_id: str | None
    reason: str

    @property
    def subject(self) -> str:
        """`grant/{grant_id}`."""
        return subjects.grant(self.grant_id)


class UsageCounted(EventData):
    """How often an application used something in a span of time."""

    app_id: str
    company_id: str | None
    measure: str
    count: NonNegativeInt
    since: datetime
    until: datetime

    @property
    def subject(self) -> str:
        """`usage/{app_id}`."""
        return subjects.usage(self.app_id)
