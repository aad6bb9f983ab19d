"""A group goes on where its own database says, and knows when it may have lost something on the way."""

import asyncpg
import pytest

from grantstream.testing import Mint, eventually
from tests.deeds.topic_operator import Operator
from tests.integration.events.consuming import consuming, until_version
from tests.integration.events.offsets import GROUP, TOPIC, Counted, append, applied, delete_before, kept, until_lost
from tests.integration.events.support import Topics


@pytest.fixture
def topics(harmed_topics: Topics) -> Topics:
    """Of a broker that tests may harm."""
    return harmed_topics


@pytest.mark.parametrize("moved", ["forward", "backward", "deleted"])
async def test_moved_or_deleted_offsets_skip_and_repeat_nothing(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, moved: str
) -> None:
    await append(topics, mint, 1, 2)
    await applied(topics, pool, mint, 2)
    await append(topics, mint, 3, 4)
    if moved == "deleted":
        await Operator(topics.bootstrap_servers).forget_group(GROUP)
    else:
        await Operator(topics.bootstrap_servers).move_group(GROUP, "end" if moved == "forward" else "start", [TOPIC])
    counted = await applied(topics, pool, mint, 4)
    assert counted.versions == [3, 4]
    assert await pool.fetchval("select count(*) from group_place where lost_at is not null") == 0


async def test_deleted_records_count_as_lost_others_are_applied(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, caplog: pytest.LogCaptureFixture
) -> None:
    await append(topics, mint, 1)
    await applied(topics, pool, mint, 1)
    place = await append(topics, mint, 2, 3)
    await delete_before(topics, place, place.offset)
    counted = await applied(topics, pool, mint, 3)
    assert counted.versions == [3]
    await until_lost(pool, place, "the records from offset 1 to 1 were deleted unread")
    assert f"records of {TOPIC}/{place.partition} may be lost" in caplog.text


async def test_records_that_a_group_had_read_may_be_deleted(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    place = await append(topics, mint, 1, 2)
    await applied(topics, pool, mint, 2)
    await delete_before(topics, place, place.offset + 1)
    await append(topics, mint, 3)
    await applied(topics, pool, mint, 3)
    assert (await kept(pool, place))["lost_why"] is None


async def test_records_deleted_before_a_new_group_count_as_lost(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    place = await append(topics, mint, 1, 2)
    await delete_before(topics, place, place.offset)
    await applied(topics, pool, mint, 2)
    await until_lost(pool, place, "the records before offset 1 were deleted unread")


async def test_records_deleted_under_a_running_member_are_lost(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    counted = Counted()
    async with consuming(topics, pool, mint, GROUP, counted.handlers) as member:
        await append(topics, mint, 1)
        await until_version(pool, "app", 1)
        await eventually(member.is_ready)
        counted.go_on.clear()
        place = await append(topics, mint, 2, 3, 4)
        await delete_before(topics, place, place.offset + 1)
        await until_lost(pool, place, "were deleted unread")
        counted.go_on.set()
        await append(topics, mint, 5)
        await until_version(pool, "app", 5)


@pytest.mark.parametrize("versions", [(5,), (5, 6, 7, 8, 9)], ids=["shorter", "longer than the old one was read"])
@pytest.mark.parametrize("running", [False, True], ids=["stopped", "running"])
async def test_a_recreated_topic_is_read_in_full_the_old_is_lost(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, versions: tuple[int, ...], running: bool
) -> None:
    place = await append(topics, mint, 1, 2, 3)
    before = await applied(topics, pool, mint, 3)
    assert before.versions == [1, 2, 3]
    counted = Counted()
    if not running:
        await Operator(topics.bootstrap_servers).replace(TOPIC)
        await append(topics, mint, *versions)
    async with consuming(topics, pool, mint, GROUP, counted.handlers) as member:
        if running:
            await eventually(member.is_ready)
            await Operator(topics.bootstrap_servers).replace(TOPIC)
            await append(topics, mint, *versions)
        await until_lost(pool, place, "the topic was deleted and created anew")
        await eventually(lambda: set(counted.versions) >= set(versions), within=60, what="all of the new topic")
        await until_version(pool, "app", versions[-1])
        await eventually(member.is_ready, within=60)
    lost = await pool.fetchval("select count(*) from group_place where topic = $1 and lost_at is not null", TOPIC)
    assert lost == 6
    found = await kept(pool, place)
    assert found["next_offset"] == len(versions)
