"""Authenticates a user by password: guessing is slow, limited, and reveals nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from grantstream.postgres.pool import Pool, connection
from services.token import errors
from services.token.domain.login import login_key
from services.token.domain.password_policy import MAX_BYTES, LockoutPolicy
from services.token.domain.user import User
from services.token.errors import TokenRequestDenied
from services.token.store import login_attempts
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.current_rows import CurrentRows


@dataclass(frozen=True, slots=True)
class SignIn:
    """Checks logins with their passwords."""

    pool: Pool
    rows: CurrentRows
    passwords: Passwords
    lockout: LockoutPolicy

    async def __call__(self, username: str, password: str, now: float) -> User:
        """The user. Raises TokenRequestDenied: 14 while locked, 5 for a wrong password or no such user, 10 if disabled.

        Unknown logins are locked in the same way. The lock is checked again at the password's turn, and a failure is
        counted before the next turn, so queued guesses behind the lock are not tried; only the checks that run at the
        same moment are completed.
        """
        user = await self.rows.user_by_name(username)
        subject = user.state.user_id if user is not None else login_key(username)
        at = datetime.fromtimestamp(now, UTC)
        since = at - timedelta(seconds=self.lockout.seconds)
        await self._failures_unless_locked(subject, since)
        async with self.passwords.turn_to_check() as matches:
            failures = await self._failures_unless_locked(subject, since)
            password_hash = user.password_hash if user else None
            if len(password.encode()) > MAX_BYTES or not await matches(password_hash, password):
                await self._count_failure(subject, at, since)
                raise TokenRequestDenied(errors.INCORRECT_CREDENTIALS)
        if user is None:
            raise TokenRequestDenied(errors.INCORRECT_CREDENTIALS)
        if failures:
            await self._forget(subject)
        if not user.state.active:
            raise TokenRequestDenied(errors.ACCOUNT_DISABLED)
        return user

    async def _failures_unless_locked(self, subject: str, since: datetime) -> int:
        async with connection(self.pool) as acquired:
            failures = await login_attempts.failures_since(acquired, subject, since)
        if failures >= self.lockout.attempts:
            raise TokenRequestDenied(errors.ACCOUNT_LOCKED)
        return failures

    async def _count_failure(self, subject: str, at: datetime, since: datetime) -> None:
        async with connection(self.pool) as acquired:
            await login_attempts.count_failure(acquired, subject, now=at, since=since)

    async def _forget(self, subject: str) -> None:
        async with connection(self.pool) as acquired:
            await login_attempts.forget(acquired, subject)
