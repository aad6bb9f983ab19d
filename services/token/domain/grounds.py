"""On what grounds a token is issued: what a grant found out."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from grantstream.contracts.claims import Principal
from grantstream.contracts.log_position import LogPosition
from services.token.domain.client import Client
from services.token.domain.refresh_token import RefreshToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """For whom a token will be, and from which versions.

    `available`: the scopes to narrow. `grant_type`: the grant by which the principal's authority was given, which for a
    refreshed token is that of the sign-in: taking that grant from an application ends what came of it.
    `refresh_token`: the one that was presented, as it was read.
    """

    principal: Principal
    subject: str
    grant_type: str
    available: tuple[str, ...]
    company_id: str | None = None
    roles: frozenset[str] = frozenset()
    enablement_version: int | None = None
    user_version: int | None = None
    authenticated_at: datetime | None = None
    refresh_token: RefreshToken | None = None


# A tuple, as whatever each request makes anew: a frozen dataclass takes three times as long to make.
class Asking(NamedTuple):
    """An authenticated client's request. `secret_id`: by which secret it showed who it is; None for an assertion.

    `issued_at`: epoch seconds, taken before anything was read, as was `fence_position`: up to where this process goes
    by the fence. None: the token is issued without asking the fence.
    """

    client: Client
    secret_id: str | None
    issued_at: float
    fence_position: LogPosition | None = None
