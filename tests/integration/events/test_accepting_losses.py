"""While a group may have lost changes nothing is decided by its rows; an operator says when they are complete again."""

from typing import Any

import asyncpg
import pytest

from grantstream.contracts.topics import APP_MODIFIED
from grantstream.events.consuming.group_progress import accept
from grantstream.events.consuming.kept_offsets import Loss
from grantstream.events.consuming.projection_recency import ProjectionRecency
from grantstream.events.errors import LossesNotAccepted
from grantstream.kafka.topic_admin import apply_topics
from grantstream.testing import Mint, eventually
from tests.deeds.topic_operator import Operator
from tests.integration.events.consuming import consuming, until_version
from tests.integration.events.offsets import GROUP, TOPIC, Counted, append, applied, delete_before, until_lost
from tests.integration.events.rebuilding import rebuilt
from tests.integration.events.support import Topics


@pytest.fixture
def topics(harmed_topics: Topics) -> Topics:
    """Of a broker that tests may harm."""
    return harmed_topics


@pytest.fixture
def recency(topics: Topics, pool: asyncpg.Pool) -> ProjectionRecency:
    return ProjectionRecency(topics.bootstrap_servers, GROUP, [APP_MODIFIED], pool)


async def accepted(topics: Topics, pool: asyncpg.Pool, **options: Any) -> list[Loss]:
    return await accept(topics.bootstrap_servers, pool, GROUP, [APP_MODIFIED], because="published again", **options)


async def is_recent(recency: ProjectionRecency) -> bool:
    await recency.ask()
    return recency.is_recent()


async def lost(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> Any:
    """A group that lost a record, and reads on."""
    await append(topics, mint, 1)
    await applied(topics, pool, mint, 1)
    place = await append(topics, mint, 2, 3)
    await delete_before(topics, place, place.offset)
    await applied(topics, pool, mint, 3)
    await until_lost(pool, place, "deleted unread")
    return place


async def test_a_loss_makes_rows_unusable_until_it_is_accepted(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, recency: ProjectionRecency
) -> None:
    place = await lost(topics, pool, mint)
    assert not await is_recent(recency)
    assert recency.why_not().startswith(f"the group {GROUP} may have lost changes since ")
    assert f"({TOPIC}/{place.partition}: the records from offset 1 to 1 were deleted unread)" in recency.why_not()
    found = await accepted(topics, pool)
    assert [(loss.topic, loss.partition) for loss in found] == [(TOPIC, place.partition)]
    assert await is_recent(recency)
    assert await pool.fetchval("select accepted_because from group_place where accepted_at is not null") == (
        "published again"
    )
    assert await accepted(topics, pool) == []


async def test_nothing_is_accepted_of_a_topic_that_is_missing(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    """Nothing is noted yet, and yet nobody may be told that all is well."""
    await append(topics, mint, 1)
    await applied(topics, pool, mint, 1)
    await Operator(topics.bootstrap_servers).delete(TOPIC)
    with pytest.raises(LossesNotAccepted, match=f"the topic {TOPIC} is missing"):
        await accepted(topics, pool)


async def test_a_loss_revokes_the_recency_of_rows_immediately(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, recency: ProjectionRecency
) -> None:
    async with recency.followed():
        await append(topics, mint, 1)
        await eventually(recency.is_recent)
        await lost(topics, pool, mint)
        await eventually(lambda: not recency.is_recent(), within=10)


async def test_accepting_a_loss_requires_reading_to_the_topic_end(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    await lost(topics, pool, mint)
    await append(topics, mint, 4)
    with pytest.raises(LossesNotAccepted, match=f"the consumers of {GROUP} have not read {TOPIC}/. to its end"):
        await accepted(topics, pool, limit=0.5)
    await applied(topics, pool, mint, 4)
    assert await accepted(topics, pool)


async def test_a_replaced_topic_makes_rows_unusable_at_once(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, recency: ProjectionRecency
) -> None:
    """Before any member of the group has noticed."""
    place = await append(topics, mint, 1)
    await applied(topics, pool, mint, 1)
    assert await is_recent(recency)
    await Operator(topics.bootstrap_servers).delete(TOPIC)
    assert not await is_recent(recency)
    assert recency.why_not() == f"the group {GROUP} may lack changes (the topic {TOPIC} is missing)"
    await apply_topics(topics.bootstrap_servers)
    assert not await is_recent(recency)
    assert "the topic was deleted and created anew" in recency.why_not()
    await append(topics, mint, 2)
    await applied(topics, pool, mint, 2)
    await until_lost(pool, place, "the topic was deleted and created anew")
    assert len(await accepted(topics, pool)) == 6
    assert await is_recent(recency)


async def test_accepting_a_loss_requires_reading_the_new_topic(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    await lost(topics, pool, mint)
    await Operator(topics.bootstrap_servers).replace(TOPIC)
    with pytest.raises(LossesNotAccepted, match="must read the topics as they are first"):
        await accepted(topics, pool)


async def test_a_loss_found_during_an_acceptance_stays_open(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lost(topics, pool, mint)

    async def found_anew(*_: Any) -> Any:
        await pool.execute("update group_place set lost_why = 'another' where lost_at is not null")
        return None, []

    monkeypatch.setattr("grantstream.events.consuming.group_progress.wait_until_taken_in", found_anew)
    assert await accepted(topics, pool) == []
    assert await pool.fetchval("select lost_why from group_place where lost_at is not null") == "another"


async def test_a_rebuild_takes_no_loss_back_and_is_not_clean(
    topics: Topics, dsn: str, pool: asyncpg.Pool, mint: Mint, recency: ProjectionRecency
) -> None:
    """It reads what the topics hold, and that is what lacks something."""
    place = await lost(topics, pool, mint)
    report = await rebuilt(topics.bootstrap_servers, dsn, mint, group_id=GROUP)
    assert report.lost == [f"{TOPIC}/{place.partition}"]
    assert not report.is_clean
    assert not await is_recent(recency)


async def test_broker_offsets_alone_do_not_make_a_group_recent(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    place = await append(topics, mint, 1, 2)
    await Operator(topics.bootstrap_servers).move_group(GROUP, "end", [TOPIC])
    await delete_before(topics, place, place.offset + 1)
    recency = ProjectionRecency(topics.bootstrap_servers, GROUP, [APP_MODIFIED], pool)
    assert not await is_recent(recency)
    assert "were deleted unread" in recency.why_not()


async def test_deleting_records_already_read_keeps_a_group_recent(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, recency: ProjectionRecency
) -> None:
    place = await append(topics, mint, 1, 2)
    await applied(topics, pool, mint, 2)
    await delete_before(topics, place, place.offset + 1)
    assert await is_recent(recency)
    async with consuming(topics, pool, mint, GROUP, Counted().handlers):
        await append(topics, mint, 3)
        await until_version(pool, "app", 3)
    assert await is_recent(recency)
