"""The grounds on which a token is issued: the result of a grant."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from grantstream.contracts.claims import Principal
from grantstream.contracts.log_position import LogPosition
from services.token.domain.client import Client
from services.token.domain.refresh_token import RefreshToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """The principal of a token, and the versions that the token rests on.

    `available`: the scopes to narrow. `grant_type`: the grant of the principal's authority, which for a refreshed token
    is that of the sign-in: if the application loses that grant, its tokens and refresh families end.
    `refresh_token`: the presented one.
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


# A tuple, because each request makes one: a frozen dataclass takes three times as long to make.
class Asking(NamedTuple):
    """An authenticated client's request. `secret_id`: the secret that it presented; None for an assertion.

    `issued_at`: epoch seconds. `fence_position`: how far this process has read the fence; None: the token is issued
    without the fence. Both are taken before anything else is read.
    """

    client: Client
    secret_id: str | None
    issued_at: float
    fence_position: LogPosition | None = None
