"""A rotation publishes every key again before it waits for anybody: processes may wait for just that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from grantstream.postgres.pool import Pool, connection, transaction
from grantstream.service.in_force import Progress, Version
from services.token.commands.make_signing_keys import ensure_signing_keys
from services.token.domain.signing_key import KeyState, SigningAlgorithm
from services.token.errors import NotEffective
from services.token.store import signing_keys
from services.token.use_cases.generate_key import generate_key
from services.token.use_cases.rotate_keys import KeyRotation
from tests.integration.services.token.at_hand import changes_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class NobodyFollows:
    """A platform in which some process stands still."""

    async def wait(self, _versions: Sequence[Version]) -> Progress:
        """Never reached."""
        return Progress(reached=False, published=True)


@pytest.fixture
async def every_key(pool: Pool) -> set[str]:
    """One key in each state, none of them in the outbox: all were published long ago."""
    made = await ensure_signing_keys(changes_of(pool, now=lambda: NOW))
    async with transaction(pool) as acquired:
        new = {state: generate_key(SigningAlgorithm.ES256, NOW, state) for state in KeyState if state != "current"}
        for key in new.values():
            await signing_keys.insert(acquired, key)
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
async def test_every_key_is_republished_before_the_waiting_begins(
    pool: Pool, every_key: set[str], command: str
) -> None:
    in_force: Any = NobodyFollows()
    rotation = KeyRotation(replace(changes_of(pool), in_force=in_force), relay_limit=0.0)
    [current] = [key for key in await rotation.all() if (key.state, key.algorithm) == ("current", "ES256")]
    with pytest.raises(NotEffective):
        await {
            "rotate": lambda: rotation.rotate(SigningAlgorithm.ES256),
            "retire": rotation.retire,
            "withdraw": lambda: rotation.withdraw(current.kid),
        }[command]()
    assert await _waiting(pool) == every_key
