"""A group goes on where its own database says, and knows when it may have lost something on the way."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from deploy.local.kafka_broker import EmbeddedKafka
from deploy.local.ports import free_ports
from grantstream.events.topic_admin import apply_topics
from grantstream.testing import Mint, eventually
from tests.integration.events.consuming import consuming, until_version
from tests.integration.events.harming import delete_offsets, delete_records, move_offsets, replace_topic
from tests.integration.events.support import Topics, app_state, event_of, project_app

TOPIC, GROUP = "app.modified", "a group"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: Any) -> Iterator[str]:
    """One that tests may harm."""
    port, controller_port = free_ports(2)
    with EmbeddedKafka(tmp_path_factory.mktemp("own"), port=port, controller_port=controller_port, heap="256M") as own:
        yield own.bootstrap_servers


@pytest.fixture
async def topics(broker: str) -> AsyncIterator[Topics]:
    """Its topics; the one of these tests is new, and so is the group."""
    await apply_topics(broker)
    await replace_topic(broker, TOPIC)
    yield Topics(broker)
    await delete_offsets(broker, GROUP)


class Counted:
    """A handler that counts, and waits while it is held."""

    def __init__(self) -> None:
        self.versions: list[int] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, connection: Any, event: Any, envelope: Any) -> None:
        await self.go_on.wait()
        self.versions.append(event.version)
        await project_app(connection, event, envelope)

    @property
    def handlers(self) -> dict[str, Any]:
        return {TOPIC: self}


async def append(topics: Topics, mint: Mint, *versions: int) -> Any:
    """Versions of one application, so all in one partition; gives the place of the last."""
    for version in versions:
        place = await topics.send(event_of(app_state("app", version)), mint.token())
    return place


async def applied(topics: Topics, pool: asyncpg.Pool, mint: Mint, version: int) -> Counted:
    """A member comes, takes in all up to a version, notes that, and goes."""
    counted = Counted()
    async with consuming(topics, pool, mint, GROUP, counted.handlers) as member:
        await until_version(pool, "app", version)
        await eventually(member.is_ready)
    return counted


async def kept(pool: asyncpg.Pool, place: Any) -> Any:
    return await pool.fetchrow(
        "select next_offset, topic_id, lost_why from group_place where group_id = $1 and topic = $2 and partition = $3",
        GROUP,
        place.topic,
        place.partition,
    )


async def until_lost(pool: asyncpg.Pool, place: Any, why: str) -> None:
    async def is_lost() -> bool:
        found = await kept(pool, place)
        return found is not None and why in (found["lost_why"] or "")

    await eventually(is_lost, what=f"a loss: {why}", within=60)


@pytest.mark.parametrize("moved", ["forward", "backward", "deleted"])
async def test_a_group_whose_offsets_were_moved_or_deleted_misses_nothing_and_repeats_nothing(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, moved: str
) -> None:
    await append(topics, mint, 1, 2)
    await applied(topics, pool, mint, 2)
    await append(topics, mint, 3, 4)
    if moved == "deleted":
        await delete_offsets(topics.bootstrap_servers, GROUP)
    else:
        await move_offsets(topics.bootstrap_servers, GROUP, TOPIC, None if moved == "forward" else 0)
    counted = await applied(topics, pool, mint, 4)
    assert counted.versions == [3, 4]
    assert await pool.fetchval("select count(*) from group_place where lost_at is not null") == 0


async def test_a_running_platform_is_upgraded_and_goes_on_at_its_committed_offsets(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    place = await append(topics, mint, 1, 2)
    await applied(topics, pool, mint, 2)
    await pool.execute("delete from group_place")
    await append(topics, mint, 3)
    counted = await applied(topics, pool, mint, 3)
    assert counted.versions == [3]
    assert (await kept(pool, place))["next_offset"] == place.offset + 2


async def test_records_that_were_deleted_while_nobody_read_are_lost_and_the_rest_is_taken_in(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, caplog: pytest.LogCaptureFixture
) -> None:
    await append(topics, mint, 1)
    await applied(topics, pool, mint, 1)
    place = await append(topics, mint, 2, 3)
    await delete_records(topics.bootstrap_servers, TOPIC, place.partition, place.offset)
    counted = await applied(topics, pool, mint, 3)
    assert counted.versions == [3]
    await until_lost(pool, place, "the records from offset 1 to 1 were deleted unread")
    assert f"records of {TOPIC}/{place.partition} may be lost" in caplog.text


async def test_records_that_a_group_had_read_may_be_deleted(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    place = await append(topics, mint, 1, 2)
    await applied(topics, pool, mint, 2)
    await delete_records(topics.bootstrap_servers, TOPIC, place.partition, place.offset + 1)
    await append(topics, mint, 3)
    await applied(topics, pool, mint, 3)
    assert (await kept(pool, place))["lost_why"] is None


async def test_a_new_group_has_lost_what_was_deleted_before_it_came(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    place = await append(topics, mint, 1, 2)
    await delete_records(topics.bootstrap_servers, TOPIC, place.partition, place.offset)
    await applied(topics, pool, mint, 2)
    await until_lost(pool, place, "the records before offset 1 were deleted unread")


async def test_records_that_are_deleted_under_a_running_member_are_lost(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    counted = Counted()
    async with consuming(topics, pool, mint, GROUP, counted.handlers) as member:
        await append(topics, mint, 1)
        await until_version(pool, "app", 1)
        await eventually(member.is_ready)
        counted.go_on.clear()
        place = await append(topics, mint, 2, 3, 4)
        await delete_records(topics.bootstrap_servers, TOPIC, place.partition, place.offset + 1)
        await until_lost(pool, place, "were deleted unread")
        counted.go_on.set()
        await append(topics, mint, 5)
        await until_version(pool, "app", 5)


@pytest.mark.parametrize("versions", [(5,), (5, 6, 7, 8, 9)], ids=["shorter", "longer than the old one was read"])
@pytest.mark.parametrize("running", [False, True], ids=["stopped", "running"])
async def test_a_topic_that_was_created_anew_is_read_from_its_beginning_and_the_old_one_is_lost(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, versions: tuple[int, ...], running: bool
) -> None:
    place = await append(topics, mint, 1, 2, 3)
    before = await applied(topics, pool, mint, 3)
    assert before.versions == [1, 2, 3]
    counted = Counted()
    if not running:
        await replace_topic(topics.bootstrap_servers, TOPIC)
        await append(topics, mint, *versions)
    async with consuming(topics, pool, mint, GROUP, counted.handlers) as member:
        if running:
            await eventually(member.is_ready)
            await replace_topic(topics.bootstrap_servers, TOPIC)
            await append(topics, mint, *versions)
        await until_lost(pool, place, "the topic was deleted and created anew")
        await eventually(lambda: set(counted.versions) >= set(versions), within=60, what="all of the new topic")
        await until_version(pool, "app", versions[-1])
        await eventually(member.is_ready, within=60)
    lost = await pool.fetchval("select count(*) from group_place where topic = $1 and lost_at is not null", TOPIC)
    assert lost == 6
    found = await kept(pool, place)
    assert found["next_offset"] == len(versions)
