"""The parts that use cases work with; `bootstrap.py` assembles them."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from grantstream.guard import Guard
from grantstream.service.change import ChangeParts
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
class Parts(ChangeParts):
    """Beside pool and changes: guard, projected rows, limits, and the sources of new ids and secrets."""

    guard: Guard
    rows: ProjectedRows
    most_active_secrets: int
    new_id: Callable[[], str] = new_id
    new_secret: Callable[[], NewSecret] = new_secret
