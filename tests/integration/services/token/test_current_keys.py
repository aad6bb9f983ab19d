"""The keys in a process's memory, against the database and what the fence tells."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from grantstream.postgres.errors import DatabaseError
from grantstream.postgres.pool import Pool, close_pool, opened_pool, transaction
from services.token.commands.make_signing_keys import ensure_signing_keys
from services.token.domain.signing_key import KeyState, SigningAlgorithm, SigningKey
from services.token.errors import Unavailable
from services.token.store import signing_keys
from services.token.use_cases.current_keys import CurrentKeys
from services.token.use_cases.generate_key import generate_key
from services.token.use_cases.mint_token import TokenMinter
from tests.integration.services.token.at_hand import changes_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Fence:
    """What it tells of versions, as a test says."""

    told: dict[str, int] = field(default_factory=dict)
    is_followed: bool = True

    def tell(self, *keys: SigningKey) -> None:
        self.told |= {f"key/{key.kid}": key.version for key in keys}

    def floor(self, subject: str) -> int:
        return self.told.get(subject, 0)


@dataclass
class Process:
    """What has the keys in memory. `seconds`: its clock."""

    pool: Pool
    made: list[SigningKey]
    fence: Fence = field(default_factory=Fence)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.minter = TokenMinter(self.made, issuer="https://issuer.test", algorithm=SigningAlgorithm.ES256)
        self.keys = CurrentKeys(self.pool, self.made, self.minter, self.fence, clock=lambda: self.seconds)

    @property
    def signs_with(self) -> str:
        return self.minter.signing_kid("anybody")

    async def replace_key(self) -> tuple[SigningKey, SigningKey]:
        """The database has another key that signs; the one before, and that one."""
        async with transaction(self.pool) as acquired:
            [current] = [key for key in await signing_keys.lock_all(acquired) if key.kid == self.signs_with]
            before, after = current.superseded(NOW), generate_key(SigningAlgorithm.ES256, NOW, KeyState.NEXT)
            await signing_keys.insert(acquired, after)
            await signing_keys.update(acquired, before)
            await signing_keys.update(acquired, after.activated(NOW))
        return before, after.activated(NOW)


@pytest.fixture
async def process(database_dsn: str) -> AsyncIterator[Process]:
    async with opened_pool(database_dsn, application_name="test", max_size=2) as pool:
        made = await ensure_signing_keys(changes_of(pool, now=lambda: NOW))
        yield Process(pool, made)


async def test_keys_are_stale_once_the_fence_has_a_newer_version(process: Process) -> None:
    assert process.keys.are_current()
    before, after = await process.replace_key()
    assert process.keys.are_current()
    process.fence.tell(before, after)
    assert process.keys.are_overtaken()
    assert not process.keys.are_current()
    await process.keys.require()
    assert process.keys.are_current()
    assert process.signs_with == after.kid


async def test_a_database_behind_the_fence_lets_nobody_sign(process: Process) -> None:
    [signing] = [key for key in process.made if key.kid == process.signs_with]
    process.fence.tell(signing.superseded(NOW))
    with pytest.raises(Unavailable):
        await process.keys.require()


async def test_keys_that_were_read_long_ago_are_read_again(process: Process) -> None:
    """The fence forgets: by then it may no longer have a change that they lack."""
    _, after = await process.replace_key()
    process.seconds += 61
    assert not process.keys.are_current()
    await process.keys.require()
    assert process.signs_with == after.kid


async def test_until_the_fence_is_followed_every_use_reads_them(process: Process) -> None:
    process.fence.is_followed = False
    _, after = await process.replace_key()
    assert not process.keys.are_current()
    await process.keys.require()
    assert process.signs_with == after.kid


async def test_published_keys_are_cached_and_outlive_the_database(process: Process) -> None:
    await process.replace_key()
    assert len(await process.keys.listed()) == 2
    process.seconds += 1
    assert len(await process.keys.listed()) == 3
    await close_pool(process.pool)
    process.seconds += 1
    assert len(await process.keys.listed()) == 3
    process.seconds += 60
    with pytest.raises(DatabaseError):
        await process.keys.require()
