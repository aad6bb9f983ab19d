"""How many sandboxes may be opened in a minute, by everybody together."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from grantstream.service.effect import Change, Effect, Effects
from grantstream.service.postgres import Pool
from services.token.domain.password_policy import PasswordPolicy
from services.token.errors import LoginTaken, SignUpLimited
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.sign_up_sandbox import SignUpSandbox

NOW = datetime.now(UTC)


class NobodyToWaitFor(Effects):
    """A platform without other processes."""

    def __init__(self) -> None:
        """Needs nothing."""

    async def of(self, changes: Sequence[Change]) -> Effect:
        return Effect(reached=True, published=True, pending=(), waited=0.0)


class CountedPasswords(Passwords):
    """Hashes cheaply, and counts how often."""

    def __init__(self) -> None:
        super().__init__(memory_kib=64, rounds=1)
        self.hashed = 0

    async def hash(self, password: str) -> str:
        self.hashed += 1
        return await super().hash(password)


async def test_past_the_limit_no_sandbox_is_opened_and_no_password_hashed_until_a_minute_has_passed(pool: Pool) -> None:
    passwords = CountedPasswords()
    sign_up = SignUpSandbox(pool, passwords, PasswordPolicy(), NobodyToWaitFor(), is_open=True, per_minute=2)
    for number in (1, 2):
        await sign_up(name="Acme", login=f"admin-{number}@example.com", password=None, now=NOW)
    with pytest.raises(SignUpLimited):
        await sign_up(name="Acme", login="admin-3@example.com", password=None, now=NOW)
    assert passwords.hashed == 2
    later = NOW + timedelta(minutes=1, seconds=1)
    assert (await sign_up(name="Acme", login="admin-3@example.com", password=None, now=later)).generated_password


async def test_a_login_that_is_taken_costs_no_hashing_and_counts(pool: Pool) -> None:
    passwords = CountedPasswords()
    sign_up = SignUpSandbox(pool, passwords, PasswordPolicy(), NobodyToWaitFor(), is_open=True, per_minute=3)
    await sign_up(name="Acme", login="admin@example.com", password=None, now=NOW)
    for login in ("admin@example.com", "Admin@Example.com"):
        with pytest.raises(LoginTaken):
            await sign_up(name="Acme", login=login, password=None, now=NOW)
    with pytest.raises(SignUpLimited):
        await sign_up(name="Acme", login="another@example.com", password=None, now=NOW)
    assert passwords.hashed == 1


async def test_sign_ups_under_one_login_at_the_same_time_hash_no_more_than_the_limit(pool: Pool) -> None:
    passwords = CountedPasswords()
    sign_up = SignUpSandbox(pool, passwords, PasswordPolicy(), NobodyToWaitFor(), is_open=True, per_minute=3)
    opened = await asyncio.gather(
        *(sign_up(name="Acme", login="admin@example.com", password=None, now=NOW) for _ in range(20)),
        return_exceptions=True,
    )
    assert [type(one).__name__ for one in opened].count("Sandbox") == 1
    assert passwords.hashed <= 3


async def test_sign_ups_at_the_same_time_do_not_pass_the_limit_together(pool: Pool) -> None:
    sign_up = SignUpSandbox(pool, CountedPasswords(), PasswordPolicy(), NobodyToWaitFor(), is_open=True, per_minute=2)
    opened = await asyncio.gather(
        *(sign_up(name="Acme", login=f"admin-{number}@example.com", password=None, now=NOW) for number in range(8)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in opened) == ["Sandbox"] * 2 + ["SignUpLimited"] * 6
