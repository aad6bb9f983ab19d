"""An operator changes topics under a running platform: it goes on, or refuses and heals, and takes nothing withdrawn.

`python -m tests.deeds` does every deed on every kind of topic; here is one of each kind (docs/topics.md), in an order
in which none hinders the next.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grantstream.contracts.topics import (
    APP_DISABLED,
    APP_MODIFIED,
    FENCE,
    KEY_PUBLISHED,
    RECEIPT_POSTED,
    SECRET_ROTATED,
)
from grantstream.events.consuming.projection import topics_of
from services.token.projections import PROJECTIONS
from tests.chaos import rows
from tests.chaos.version_log import PROJECTED, fetch
from tests.deeds.ground import SERVICES, Ground
from tests.deeds.topic_operator import Operator
from tests.deeds.users import Act, Users
from tests.e2e.waiting import until

pytestmark = pytest.mark.timeout(300)

_HEALS = 60.0


@pytest.fixture(scope="module")
def ground(server_folder: Path) -> Iterator[Ground]:
    """A platform whose topics may be harmed, and which refuses soon when it is not current."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GRANTSTREAM_FENCE_MAX_STALENESS", "5")
        with Ground(server_folder / "deeds") as found:
            yield found
        found.remove()


@pytest.fixture(scope="module")
def everybody(ground: Ground) -> Iterator[Users]:
    found = Users(ground, rounds=8, reached_within=4.0)
    found.prepare()
    yield found
    found.close()


@pytest.fixture
def users(everybody: Users) -> Iterator[Users]:
    """They are served before and after, and nothing that was withdrawn is taken at any process."""
    until(lambda: not everybody.is_served(), "all is well before", seconds=_HEALS)
    yield everybody
    _heals(everybody)
    everybody.try_all_withdrawn("in the end")
    everybody.try_all_unsettled()
    assert everybody.violations == []


@pytest.fixture
def operator(ground: Ground) -> Operator:
    return ground.operator


def _done(deed: Coroutine[Any, Any, Any]) -> None:
    asyncio.run(deed)


def _well(*acts: Act) -> None:
    assert [str(act) for act in acts if not act.went_well] == []


def _heals(users: Users) -> None:
    def is_served() -> bool:
        users.ground.revive()
        return not users.ground.readiness() and not users.is_served()

    until(is_served, "all is well again", seconds=_HEALS)


def _refuses(users: Users, role: str, why: str) -> None:
    """A process says that it is not ready, and names the reason."""
    until(lambda: why in users.ground.readiness().get(role, ""), f"{role} names {why!r}", seconds=30)


@contextmanager
def _set(operator: Operator, setting: str, value: str, *topics: str) -> Iterator[None]:
    for topic in topics:
        _done(operator.set_config(topic, {setting: value}))
    yield
    for topic in topics:
        _done(operator.put_right(topic))


def test_compressed_topics_are_read_like_any_other(users: Users, operator: Operator) -> None:
    compressed = (FENCE.name, APP_DISABLED.name, SECRET_ROTATED.name, RECEIPT_POSTED.name)
    with _set(operator, "compression.type", "zstd", *compressed):
        _well(*users.round("while topics were compressed", with_keys=False))


def test_added_partitions_and_compressed_keys_are_read(users: Users, operator: Operator) -> None:
    for topic in (KEY_PUBLISHED.name, APP_DISABLED.name, SECRET_ROTATED.name, RECEIPT_POSTED.name):
        _done(operator.grow(topic, 9))
    with _set(operator, "compression.type", "gzip", KEY_PUBLISHED.name):
        _well(*users.round("when topics had grown", with_keys=True))


def test_a_fence_with_create_time_is_refused_until_fixed(users: Users, operator: Operator) -> None:
    with _set(operator, "message.timestamp.type", "CreateTime", FENCE.name):
        _refuses(users, "receipts-http", "fence")
        assert users.is_served() != ""
    _heals(users)


def test_changes_wait_for_a_topic_that_takes_no_records(users: Users, operator: Operator, ground: Ground) -> None:
    with _set(operator, "max.message.bytes", "200", SECRET_ROTATED.name):
        users.rotate_secret("while its topic took no records")
        _refuses(users, "registration-worker", "held back")
    until(lambda: _differences(ground) == [], "projections equal their owners", seconds=_HEALS)


def test_moving_a_groups_offsets_to_the_end_skips_nothing(users: Users, operator: Operator, ground: Ground) -> None:
    ground.stop("token-worker")
    _well(users.disable("while the group was moved"), users.rotate_secret("while the group was moved"))
    _done(operator.move_group("token", "end", [topic.name for topic in topics_of(PROJECTIONS)]))
    ground.start("token-worker")
    until(lambda: _differences(ground) == [], "projections equal their owners", seconds=30)


def test_deleted_facts_and_dead_letters_are_not_missed(users: Users, operator: Operator) -> None:
    _well(users.post())
    until(lambda: _counts(users) == {1}, "each receipt is counted", seconds=30)
    _done(operator.delete_records(RECEIPT_POSTED.name))
    _done(operator.delete_records(APP_MODIFIED.dead_letters))
    _well(users.post())
    until(lambda: _counts(users) == {1}, "each receipt is counted, and once", seconds=30)


def test_a_restart_on_an_empty_fence_restores_no_permission(users: Users, operator: Operator, ground: Ground) -> None:
    _done(operator.delete_records(FENCE.name))
    ground.stop("receipts-http")
    ground.start("receipts-http")
    assert ground.until_ready(_HEALS) == {}
    users.try_all_withdrawn("when a process had been started on an emptied fence")
    _well(users.post())


def test_a_fence_that_grew_is_refused_until_it_is_made_anew(users: Users, operator: Operator) -> None:
    _done(operator.grow(FENCE.name, 2))
    _refuses(users, "receipts-http", "2 partitions")
    _done(operator.delete(FENCE.name))
    _refuses(users, "receipts-http", "topics apply")
    _done(operator.create_missing())
    _heals(users)


def _differences(ground: Ground) -> list[str]:
    async def compared() -> list[str]:
        dsns = {service: ground.dsn(service) for service in SERVICES}
        return [line for table in PROJECTED for line in await rows.differences_from_owner(dsns, table)]

    return asyncio.run(compared())


def _counts(users: Users) -> set[int]:
    """How often receipts that were answered have been counted."""
    rows = asyncio.run(fetch(users.ground.counting_dsn, "select receipt_id from counted"))
    counted = Counter(row["receipt_id"] for row in rows)
    return {counted[receipt] for receipt in users.stored}
