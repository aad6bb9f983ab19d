"""The parts that use cases work with; `bootstrap.py` assembles them."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from grantstream.guard import Guard
from grantstream.service.change import ChangeParts
from services.token.domain.password_policy import PasswordPolicy
from services.token.use_cases.check_password import Passwords


def new_id() -> str:
    """The id of a company or a user: a random UUID."""
    return str(uuid.uuid4())


def new_password() -> str:
    """A password of 144 random bits."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandParts(ChangeParts):
    """The parts of commands: beside pool and changes, passwords, and the sources of new ids and passwords."""

    passwords: Passwords
    password_policy: PasswordPolicy
    new_id: Callable[[], str] = new_id
    new_password: Callable[[], str] = new_password


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(CommandParts):
    """The parts of requests: in addition the guard and the limits of sandboxes.

    `sandbox_sign_up`: whether sandboxes may be opened; `sandboxes_per_minute`: the limit for all callers together.
    """

    guard: Guard
    sandbox_sign_up: bool
    sandboxes_per_minute: int
