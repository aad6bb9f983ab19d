"""How many sandboxes may be opened in a minute, by everybody together."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from grantstream.postgres.pool import Pool
from services.token.errors import LoginTaken, SignUpLimited
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.parts import Parts
from services.token.use_cases.sign_up_sandbox import Sandbox, SignUpSandbox, sign_up_sandbox
from tests.integration.services.token.at_hand import parts_of

NOW = datetime.now(UTC)


class CountedPasswords(Passwords):
    """Hashes cheaply, and counts how often."""

    def __init__(self) -> None:
        super().__init__(memory_kib=64, rounds=1)
        self.hashed = 0

    async def hash(self, password: str) -> str:
        self.hashed += 1
        return await super().hash(password)


async def sign_up(parts: Parts, login: str) -> Sandbox:
    return await sign_up_sandbox(parts, None, SignUpSandbox(company_name="Acme", login=login))


async def test_past_the_limit_sign_ups_wait_a_minute_unhashed(pool: Pool) -> None:
    passwords = CountedPasswords()
    parts = parts_of(pool, passwords, now=lambda: NOW, sandboxes_per_minute=2)
    for number in (1, 2):
        await sign_up(parts, f"admin-{number}@example.com")
    with pytest.raises(SignUpLimited):
        await sign_up(parts, "admin-3@example.com")
    assert passwords.hashed == 2
    later = parts_of(pool, passwords, now=lambda: NOW + timedelta(minutes=1, seconds=1), sandboxes_per_minute=2)
    assert (await sign_up(later, "admin-3@example.com")).generated_password


async def test_a_login_that_is_taken_costs_no_hashing_and_counts(pool: Pool) -> None:
    passwords = CountedPasswords()
    parts = parts_of(pool, passwords, now=lambda: NOW, sandboxes_per_minute=3)
    await sign_up(parts, "admin@example.com")
    for login in ("admin@example.com", "Admin@Example.com"):
        with pytest.raises(LoginTaken):
            await sign_up(parts, login)
    with pytest.raises(SignUpLimited):
        await sign_up(parts, "another@example.com")
    assert passwords.hashed == 1


async def test_concurrent_sign_ups_of_one_login_hash_within_limit(pool: Pool) -> None:
    passwords = CountedPasswords()
    parts = parts_of(pool, passwords, now=lambda: NOW, sandboxes_per_minute=3)
    opened = await asyncio.gather(
        *(sign_up(parts, "admin@example.com") for _ in range(20)),
        return_exceptions=True,
    )
    assert [type(one).__name__ for one in opened].count("Sandbox") == 1
    assert passwords.hashed <= 3


async def test_concurrent_sign_ups_do_not_exceed_the_limit(pool: Pool) -> None:
    parts = parts_of(pool, CountedPasswords(), now=lambda: NOW, sandboxes_per_minute=2)
    opened = await asyncio.gather(
        *(sign_up(parts, f"admin-{number}@example.com") for number in range(8)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in opened) == ["Sandbox"] * 2 + ["SignUpLimited"] * 6
