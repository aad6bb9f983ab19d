"""Anybody may open a sandbox: a company of their own to try things in, and themselves as its administrator."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import uuid_utils

from grantstream.contracts.roles import Role
from grantstream.service.effect import Effect, Effects
from grantstream.service.postgres import Pool, connection, transaction
from services.token.domain.company import Company
from services.token.domain.login import checked_login
from services.token.domain.password_policy import PasswordPolicy
from services.token.domain.user import User
from services.token.errors import LoginTaken, SignUpClosed, SignUpLimited
from services.token.store import companies, sign_up_attempts, users
from services.token.use_cases.changes import change_of_company, change_of_user
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.publish import tell

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that was just opened. `generated_password`: shown once; None if the caller chose one."""

    company: Company
    administrator: User
    generated_password: str | None = field(repr=False)
    effect: Effect


@dataclass(frozen=True, slots=True)
class SignUpSandbox:
    """`per_minute`: how often a sandbox may be asked for in a minute, by everybody together; refusals count too."""

    pool: Pool
    passwords: Passwords
    policy: PasswordPolicy
    effects: Effects
    is_open: bool
    per_minute: int

    async def __call__(self, *, name: str, login: str, password: str | None, now: datetime) -> Sandbox:
        """Opens one. Raises SignUpClosed, SignUpLimited, InvalidInput, LoginTaken, Unavailable or DatabaseError."""
        if not self.is_open:
            raise SignUpClosed("sandboxes can't be opened here")
        checked_login(login)
        chosen = password or new_password()
        self.policy.check(chosen, login=login)
        # All that needs no hashing comes before it: a flood of sign-ups must not queue where users sign in.
        await self._count_attempt(now)
        async with connection(self.pool) as acquired:
            if await users.find_by_username(acquired, login) is not None:
                raise LoginTaken("this login is taken")
        company = Company.open_sandbox(company_id=str(uuid_utils.uuid4()), name=name, now=now)
        administrator = User.register(
            user_id=str(uuid_utils.uuid4()),
            company_id=company.company_id,
            login=login,
            password_hash=await self.passwords.hash(chosen),
            roles=frozenset({Role.WEB_SERVICES_ADMINISTRATOR}),
            now=now,
        )
        async with transaction(self.pool) as acquired:
            await found(acquired, company, administrator, now)
        effect = await self.effects.of([change_of_company(company), change_of_user(administrator)])
        return Sandbox(company, administrator, None if password else chosen, effect)

    async def _count_attempt(self, now: datetime) -> None:
        async with connection(self.pool) as acquired:
            await self._refuse_too_many(acquired, now)  # past the limit nobody waits for the lock
        async with transaction(self.pool) as acquired:
            await sign_up_attempts.lock(acquired)
            await self._refuse_too_many(acquired, now)
            await sign_up_attempts.add(acquired, now)

    async def _refuse_too_many(self, acquired: Any, now: datetime) -> None:
        if await sign_up_attempts.count_since(acquired, now - _MINUTE) >= self.per_minute:
            raise SignUpLimited("too many sandboxes were asked for in the last minute")


async def found(acquired: Any, company: Company, user: User, now: datetime) -> None:
    """Stores a new company with its first user, and tells of both. Raises LoginTaken."""
    await companies.add(acquired, company)
    await users.add(acquired, user)
    for state in (company.state(), user.registered_event()):
        await tell(acquired, state, now)


def new_password() -> str:
    """A password of 144 bits of chance."""
    return secrets.token_urlsafe(18)
