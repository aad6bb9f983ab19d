"""Opens a sandbox, a company for trials with the caller as its administrator; no token is needed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from grantstream.contracts.roles import Role
from grantstream.postgres.pool import Connection, connection, transaction
from grantstream.service.in_force import Progress
from services.token.domain.company import Company
from services.token.domain.login import checked_login
from services.token.domain.user import User
from services.token.errors import LoginTaken, SignUpClosed, SignUpLimited
from services.token.store import sign_up_attempts, users
from services.token.use_cases.new_people import store_new_company
from services.token.use_cases.parts import Parts

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpSandbox:
    """The sandbox's name and its administrator. Without a password one is generated."""

    company_name: str
    login: str
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A new sandbox. `generated_password`: stored nowhere else; None if the caller chose one."""

    company: Company
    administrator: User
    generated_password: str | None = field(repr=False)
    progress: Progress


async def sign_up_sandbox(parts: Parts, caller: None, order: SignUpSandbox) -> Sandbox:  # noqa: ARG001 - anybody may
    """Opens a sandbox. Raises SignUpClosed, SignUpLimited, InvalidInput, LoginTaken, Unavailable or DatabaseError."""
    if not parts.sandbox_sign_up:
        raise SignUpClosed("sandboxes can't be opened here")
    checked_login(order.login)
    chosen = order.password or parts.new_password()
    parts.password_policy.check(chosen, login=order.login)
    # All checks come before the hashing: a flood of sign-ups must not fill the queue of sign-ins.
    await _count_attempt(parts)
    async with connection(parts.pool) as acquired:
        if await users.find_by_username(acquired, order.login) is not None:
            raise LoginTaken("this login is taken")
    now = parts.now()
    company = Company.open_sandbox(company_id=parts.new_id(), name=order.company_name, now=now)
    password_hash = await parts.passwords.hash(chosen)
    async with parts.changes.begin() as change:
        administrator = User.register(
            user_id=parts.new_id(),
            company_id=company.state.company_id,
            login=order.login,
            password_hash=password_hash,
            roles=frozenset({Role.WEB_SERVICES_ADMINISTRATOR}),
            now=now,
        )
        await store_new_company(change, company, administrator)
    return Sandbox(company, administrator, None if order.password else chosen, change.progress)


async def _count_attempt(parts: Parts) -> None:
    now = parts.now()
    async with connection(parts.pool) as acquired:
        await _refuse_too_many(parts, acquired, now)  # past the limit no request waits for the lock
    async with transaction(parts.pool) as acquired:
        await sign_up_attempts.lock(acquired)
        await _refuse_too_many(parts, acquired, now)
        await sign_up_attempts.insert(acquired, now)


async def _refuse_too_many(parts: Parts, acquired: Connection, now: datetime) -> None:
    if await sign_up_attempts.count_since(acquired, now - _MINUTE) >= parts.sandboxes_per_minute:
        raise SignUpLimited("too many sandboxes were asked for in the last minute")
