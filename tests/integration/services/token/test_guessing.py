"""Guesses of one password that are made all at once."""

import asyncio
import time

from grantstream.postgres.pool import Pool
from grantstream.service.projected_rows import ProjectedRows
from grantstream.testing import FakeFence
from services.token import errors
from services.token.domain.password_policy import LockoutPolicy
from services.token.errors import TokenRequestDenied
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.current_rows import CurrentRows
from services.token.use_cases.sign_in import SignIn
from tests.recency import Told

ATTEMPTS, THREADS, GUESSES = 10, 2, 60


class CountedPasswords(Passwords):
    """Checks cheaply, and counts how often."""

    def __init__(self) -> None:
        super().__init__(threads=THREADS, waiting=GUESSES, memory_kib=64, rounds=1)
        self.tried = 0

    def _verify(self, password_hash: str | None, password: str) -> bool:
        self.tried += 1
        return super()._verify(password_hash, password)


async def test_concurrent_guesses_stop_at_the_lockout_limit(pool: Pool) -> None:
    passwords = CountedPasswords()
    rows = CurrentRows(ProjectedRows(pool=pool, rules=FakeFence().rules, projections=Told()))
    sign_in = SignIn(pool, rows, passwords, LockoutPolicy(attempts=ATTEMPTS))
    refusals = await asyncio.gather(
        *(sign_in("nobody@example.com", f"guess {number}", time.time()) for number in range(GUESSES)),
        return_exceptions=True,
    )
    passwords.close()
    assert ATTEMPTS <= passwords.tried <= ATTEMPTS + THREADS
    locked = [one for one in refusals if isinstance(one, TokenRequestDenied) and one.error is errors.ACCOUNT_LOCKED]
    assert len(locked) == GUESSES - passwords.tried
