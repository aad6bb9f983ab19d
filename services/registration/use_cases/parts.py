"""What every use case works with; `bootstrap.py` puts it together."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from grantstream.events.consuming.projection_recency import Recency
from grantstream.fence import Fence
from grantstream.guard import Guard
from grantstream.service.effect import Effects, now_in_utc
from grantstream.service.postgres import Pool
from services.registration.domain.app_secrets import NewSecret

_SECRET_BYTES = 32


def new_app_id() -> str:
    """An application's id, which is also its client id: a random UUID."""
    return str(uuid.uuid4())


def new_secret() -> NewSecret:
    """A client secret of 256 random bits, in characters that need no escaping in forms and headers."""
    return NewSecret(str(uuid.uuid4()), secrets.token_urlsafe(_SECRET_BYTES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The database, the guard, the fence, what makes changes effective, and where times and ids come from.

    `projections`: whether those of companies and users are young enough to go by.

    `row_wait_limit`: how long, in seconds, a projection that is behind the fence is waited for.
    """

    pool: Pool
    guard: Guard
    fence: Fence
    projections: Recency
    effects: Effects
    row_wait_limit: float
    most_active_secrets: int
    now: Callable[[], datetime] = now_in_utc
    new_app_id: Callable[[], str] = new_app_id
    new_secret: Callable[[], NewSecret] = new_secret
