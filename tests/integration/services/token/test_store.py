"""What only the database can promise, and set-up, without the rest of the platform."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grantstream.contracts.claims import Principal
from grantstream.postgres.migrations import migrate, pending
from grantstream.postgres.pool import Connection, Pool, connection
from services.token.commands.bind_issuer import bind_issuer
from services.token.commands.clean_up import CleanUp
from services.token.commands.make_signing_keys import ensure_signing_keys
from services.token.commands.seed_platform import seed_platform
from services.token.domain.password_policy import LockoutPolicy
from services.token.domain.refresh_token import RefreshPolicy, RefreshToken, digest_of
from services.token.errors import IssuerChanged, TokenRequestDenied
from services.token.store import login_attempts, refresh_tokens, signing_keys, spent_ids
from services.token.store.sql import MIGRATIONS
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.refresh_families import RefreshFamilies
from tests.integration.services.token.at_hand import changes_of, command_parts

NOW = datetime.now(UTC)
TOKEN = RefreshToken(
    digest=b"digest",
    grant_id="grant",
    generation=1,
    client_id="client",
    grant_type="password",
    principal=Principal.USER,
    company_id="company",
    user_id="user",
    scopes=("openid",),
    app_version=1,
    enablement_version=None,
    user_version=1,
    authenticated_at=NOW,
    expires_at=NOW + timedelta(days=183),
)


async def test_the_schema_is_complete_and_migrates_idempotently(pool: Pool, database_dsn: str) -> None:
    await asyncio.to_thread(migrate, database_dsn, *MIGRATIONS)
    assert await pending(pool, *MIGRATIONS) == []


async def test_concurrent_first_starts_make_one_key_per_algorithm(pool: Pool) -> None:
    async def start() -> int:
        return len(await ensure_signing_keys(changes_of(pool)))

    assert sorted(await asyncio.gather(*(start() for _ in range(4)))) == [0, 0, 0, 2]
    async with connection(pool) as acquired:
        assert len(await signing_keys.find_all(acquired)) == 2
        told = await acquired.fetch("select ce_type from outbox order by id")
    assert [row["ce_type"] for row in told] == ["key.published", "permission.changed"] * 2


async def test_a_database_serves_one_issuer_for_good(pool: Pool) -> None:
    await asyncio.gather(*(bind_issuer(pool, "http://one.example", NOW) for _ in range(3)))
    with pytest.raises(IssuerChanged, match=r"issuer is http://one\.example"):
        await bind_issuer(pool, "http://two.example", NOW)
    await bind_issuer(pool, "http://one.example", NOW)


async def test_seeding_at_once_makes_one_platform(pool: Pool) -> None:
    parts = command_parts(pool, Passwords(memory_kib=64, rounds=1))
    made = await asyncio.gather(seed_platform(parts), seed_platform(parts))
    assert sorted(map(bool, made)) == [False, True]


async def test_an_assertion_is_spent_once_however_many_try(pool: Pool) -> None:
    async def spend() -> bool:
        async with connection(pool) as acquired:
            return await spent_ids.spend_assertion(acquired, client_id="c", jti="j", expires_at=NOW)

    assert sum(await asyncio.gather(*(spend() for _ in range(8)))) == 1


async def test_a_refresh_token_is_spent_once_however_many_try(pool: Pool) -> None:
    async with connection(pool) as acquired:
        await refresh_tokens.insert(acquired, TOKEN)

    async def spend() -> bool:
        async with connection(pool) as acquired:
            return await refresh_tokens.spend(acquired, TOKEN.digest, NOW) is not None

    assert sum(await asyncio.gather(*(spend() for _ in range(8)))) == 1


async def test_using_a_token_spends_its_siblings(pool: Pool) -> None:
    sibling = replace(TOKEN, digest=b"sibling")
    stranger = replace(TOKEN, digest=b"stranger", grant_id="another")
    async with connection(pool) as acquired:
        for token in (TOKEN, sibling, stranger):
            await refresh_tokens.insert(acquired, token)
        assert await refresh_tokens.spend(acquired, TOKEN.digest, NOW) == replace(TOKEN, spent_at=NOW)
        assert await refresh_tokens.spend(acquired, sibling.digest, NOW) is None
        assert await refresh_tokens.spend(acquired, stranger.digest, NOW) is not None


async def test_every_day_of_a_tokens_life_has_its_partition(pool: Pool) -> None:
    policy = RefreshPolicy(lifetime=timedelta(days=400))
    await CleanUp(pool, policy, LockoutPolicy()).once(NOW)
    async with connection(pool) as acquired:
        for days in range(0, 400, 7):
            expires_at = NOW + timedelta(days=days)
            await refresh_tokens.insert(acquired, replace(TOKEN, digest=str(days).encode(), expires_at=expires_at))


async def test_clean_up_drops_what_is_past_and_nothing_else(pool: Pool) -> None:
    async with connection(pool) as acquired:
        await acquired.execute(
            "create table refresh_token_2020_01 partition of refresh_token"
            " for values from ('2020-01-01Z') to ('2020-02-01Z')"
        )
        await refresh_tokens.insert(acquired, TOKEN)
        await spent_ids.spend_assertion(acquired, client_id="c", jti="old", expires_at=NOW - timedelta(seconds=1))
        await spent_ids.spend_assertion(acquired, client_id="c", jti="new", expires_at=NOW + timedelta(seconds=1))
        await spent_ids.spend_dpop_proof(acquired, thumbprint="k", jti="old", expires_at=NOW - timedelta(seconds=1))
        await spent_ids.spend_dpop_proof(acquired, thumbprint="k", jti="new", expires_at=NOW + timedelta(seconds=1))
        await login_attempts.count_failure(acquired, "old", now=NOW - timedelta(days=1), since=NOW)
        await login_attempts.count_failure(acquired, "new", now=NOW, since=NOW - timedelta(days=1))
    await CleanUp(pool, RefreshPolicy(), LockoutPolicy()).once(NOW)
    async with connection(pool) as acquired:
        assert await acquired.fetchval("select to_regclass('refresh_token_2020_01')") is None
        assert await refresh_tokens.find(acquired, TOKEN.digest) == TOKEN
        assert await acquired.fetch("select jti from spent_assertion") == [("new",)]
        assert await acquired.fetch("select jti from spent_dpop_proof") == [("new",)]
        assert await acquired.fetchval("select count(*) from login_attempt") == 1


async def test_failures_are_counted_until_a_pause_or_a_success(pool: Pool) -> None:
    window = timedelta(minutes=15)
    async with connection(pool) as acquired:
        for minute in (0, 1, 2):
            at = NOW + timedelta(minutes=minute)
            await login_attempts.count_failure(acquired, "kim", now=at, since=at - window)
        assert await login_attempts.failures_since(acquired, "kim", NOW + timedelta(minutes=2) - window) == 3
        late = NOW + timedelta(minutes=30)
        assert await login_attempts.failures_since(acquired, "kim", late - window) == 0
        await login_attempts.count_failure(acquired, "kim", now=late, since=late - window)
        assert await login_attempts.failures_since(acquired, "kim", late - window) == 1
        await login_attempts.forget(acquired, "kim")
        assert await login_attempts.failures_since(acquired, "kim", NOW - window) == 0


async def test_a_first_use_is_read_once(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    async with connection(pool) as acquired:
        await refresh_tokens.insert(acquired, replace(TOKEN, digest=digest_of("value")))
    reads: list[bytes] = []
    find = refresh_tokens.find

    async def counted(acquired: Connection, digest: bytes) -> RefreshToken | None:
        reads.append(digest)
        return await find(acquired, digest)

    monkeypatch.setattr(refresh_tokens, "find", counted)
    families = RefreshFamilies(changes_of(pool), RefreshPolicy(grace=timedelta(0)))
    await families.rotate(await families.find("value", "client", NOW), NOW)
    assert len(reads) == 1
    with pytest.raises(TokenRequestDenied):
        await families.find("value", "client", NOW + timedelta(seconds=1))
    async with connection(pool) as acquired:
        assert await refresh_tokens.newest_live_generation(acquired, TOKEN.grant_id) is None


async def test_ending_a_family_ends_a_concurrent_successor_too(pool: Pool) -> None:
    families = RefreshFamilies(changes_of(pool), RefreshPolicy(grace=timedelta(0)))
    for number in range(40):
        old = replace(TOKEN, digest=digest_of(f"old-{number}"), grant_id=f"grant-{number}")
        live = old.successor(digest=digest_of(f"live-{number}"), expires_at=TOKEN.expires_at)
        async with connection(pool) as acquired:
            await refresh_tokens.insert(acquired, old)
            await refresh_tokens.spend(acquired, old.digest, NOW - timedelta(hours=1))
            await refresh_tokens.insert(acquired, live)
        await asyncio.gather(
            families.rotate(live, NOW), families.find(f"old-{number}", "client", NOW), return_exceptions=True
        )
        async with connection(pool) as acquired:
            assert await refresh_tokens.newest_live_generation(acquired, old.grant_id) is None, number
