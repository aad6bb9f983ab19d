"""A rotation publishes every key again before it waits for anybody: processes may wait for just that."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from grantstream.service.effect import Change, Effect
from grantstream.service.postgres import Pool, connection, transaction
from services.token.domain.signing_key import KeyState, SigningAlgorithm
from services.token.errors import NotEffective
from services.token.store import signing_keys
from services.token.use_cases.create_signing_keys import ensure_signing_keys, generate_key
from services.token.use_cases.rotate_keys import KeyRotation

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class NobodyFollows:
    """Effects of a platform in which some process stands still."""

    pool: Pool
    asked: list[Change] = field(default_factory=list)

    async def nudge(self) -> None:
        """There is no relay."""

    async def of(self, changes: list[Change]) -> Effect:
        """Never reached."""
        self.asked += changes
        return Effect(reached=False, published=True)


@pytest.fixture
async def every_key(pool: Pool) -> set[str]:
    """One key in each state, none of them in the outbox: all were published long ago."""
    async with transaction(pool) as acquired:
        made = await ensure_signing_keys(acquired, NOW)
        new = {state: generate_key(SigningAlgorithm.ES256, NOW, state) for state in KeyState if state != "current"}
        for key in new.values():
            await signing_keys.add(acquired, key)
        for ended in (
            new[KeyState.RETIRED].retired(NOW),
            new[KeyState.WITHDRAWN].withdrawn(NOW),
            new[KeyState.SUPERSEDED],
        ):
            await signing_keys.update(acquired, ended)
        await acquired.execute("delete from outbox")
    return {key.kid for key in [*made, *new.values()]}


async def _waiting(pool: Pool) -> set[str]:
    async with connection(pool) as acquired:
        rows = await acquired.fetch("select ce_subject from outbox where topic = 'key.published'")
    return {row["ce_subject"].removeprefix("key/") for row in rows}


@pytest.mark.parametrize("command", ["rotate", "retire", "withdraw"])
async def test_every_key_is_published_again_before_anybody_is_waited_for(
    pool: Pool, every_key: set[str], command: str
) -> None:
    effects = NobodyFollows(pool)
    rotation = KeyRotation(pool, effects, relay_limit=0.0)  # type: ignore[arg-type]
    [current] = [key for key in await rotation.all() if (key.state, key.algorithm) == ("current", "ES256")]
    with pytest.raises(NotEffective):
        await {
            "rotate": lambda: rotation.rotate(SigningAlgorithm.ES256),
            "retire": rotation.retire,
            "withdraw": lambda: rotation.withdraw(current.kid),
        }[command]()
    assert await _waiting(pool) == every_key
