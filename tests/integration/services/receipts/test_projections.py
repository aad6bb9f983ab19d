"""What is known of users: the newest version wins, in whatever order it arrives and however often."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from grantstream.contracts.events.token import UserModified, UserRegistered, UserState
from grantstream.events.errors import ContradictoryEvent
from grantstream.postgres.pool import Pool, transaction
from services.receipts.projections import USERS

_AT = datetime(2026, 11, 22, tzinfo=UTC)


def _user(version: int, user_id: str = "user-1", kind: type[UserState] = UserModified, **changes: object) -> UserState:
    state: dict[str, object] = {
        "user_id": user_id,
        "company_id": "company-1",
        "login": "user@example.test",
        "roles": (),
        "active": version < 3,
        "created_at": _AT,
        "updated_at": _AT,
        "version": version,
    }
    return kind.model_validate(state | changes)


async def _take(pool: Pool, user: UserState) -> None:
    async with transaction(pool) as connection:
        await USERS(connection, user)


async def test_any_order_and_repetition_ends_in_the_newest_state(pool: Pool) -> None:
    for number, versions in enumerate(permutations((1, 2, 3))):
        user_id = f"user-{number}"
        for version in (*versions, *versions):
            await _take(pool, _user(version, user_id, UserRegistered if version == 1 else UserModified))
        async with transaction(pool) as connection:
            known = await USERS.find(connection, user_id)
        assert known is not None
        assert (known["company_id"], known["active"], known.version) == ("company-1", False, 3)


async def test_other_content_of_the_same_version_changes_nothing(pool: Pool) -> None:
    await _take(pool, _user(2))
    with pytest.raises(ContradictoryEvent):
        await _take(pool, _user(2, company_id="company-2"))
    async with transaction(pool) as connection:
        known = await USERS.find(connection, "user-1")
    assert known is not None
    assert known["company_id"] == "company-1"
