"""What tests of the token service's use cases work with: a platform without other processes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from grantstream.postgres.pool import Pool
from grantstream.service.change import Changes
from grantstream.service.in_force import now_in_utc
from services.token.domain.password_policy import PasswordPolicy
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.parts import CommandParts, Parts

SOURCE = "urn:grantstream:service:token"


def changes_of(pool: Pool, now: Callable[[], datetime] = now_in_utc) -> Changes:
    """Changes that wait for no process."""
    return Changes(pool=pool, source=SOURCE, now=now)


def command_parts(pool: Pool, passwords: Passwords) -> CommandParts:
    """What a command works with."""
    return CommandParts(pool=pool, changes=changes_of(pool), passwords=passwords, password_policy=PasswordPolicy())


def parts_of(pool: Pool, passwords: Passwords, now: Callable[[], datetime] = now_in_utc, **settings: Any) -> Parts:
    """What a request without a caller works with."""
    return Parts(
        pool=pool,
        changes=changes_of(pool, now),
        passwords=passwords,
        password_policy=PasswordPolicy(),
        guard=None,  # type: ignore[arg-type]  # nobody's token is judged
        **{"sandbox_sign_up": True, "sandboxes_per_minute": 300} | settings,
    )
