"""What every use case works with; `bootstrap.py` puts it together."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from grantstream.guard import Guard
from grantstream.postgres.pool import Pool
from grantstream.service.change import Changes
from services.token.domain.password_policy import PasswordPolicy
from services.token.use_cases.check_password import Passwords


def new_id() -> str:
    """The id of a company or a user: a random UUID."""
    return str(uuid.uuid4())


def new_password() -> str:
    """A password of 144 random bits."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandParts:
    """What a command works with: the database, what makes changes, and where hashes, ids and passwords come from."""

    pool: Pool
    changes: Changes
    passwords: Passwords
    password_policy: PasswordPolicy
    new_id: Callable[[], str] = new_id
    new_password: Callable[[], str] = new_password

    def now(self) -> datetime:
        """The present."""
        return self.changes.now()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(CommandParts):
    """Beside that, what a request needs.

    `sandbox_sign_up`: whether anybody may open a sandbox; `sandboxes_per_minute`: how often, by all together.
    """

    guard: Guard
    sandbox_sign_up: bool
    sandboxes_per_minute: int
