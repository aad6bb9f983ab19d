"""The parts that use cases work with; `bootstrap.py` assembles them."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from grantstream.guard import Guard
from grantstream.postgres.pool import Pool
from grantstream.service.change import Changes
from grantstream.service.projected_rows import ProjectedRows
from services.registration.domain.app_secrets import NewSecret

_SECRET_BYTES = 32


def new_id() -> str:
    """An application's id, which is also its client id: a random UUID."""
    return str(uuid.uuid4())


def new_secret() -> NewSecret:
    """A client secret of 256 random bits, without characters that forms and headers escape."""
    return NewSecret(str(uuid.uuid4()), secrets.token_urlsafe(_SECRET_BYTES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Database, guard, projected rows, changes, limits, and the sources of new ids and secrets."""

    pool: Pool
    guard: Guard
    rows: ProjectedRows
    changes: Changes
    most_active_secrets: int
    new_id: Callable[[], str] = new_id
    new_secret: Callable[[], NewSecret] = new_secret

    def now(self) -> datetime:
        """The present."""
        return self.changes.now()
