"""How places are kept: what is noted when, by whom, and what happens where they can't be."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from grantstream.events.consuming.kept_offsets import (
    NewOffset,
    begin_offsets,
    claim_offsets,
    raise_offsets,
    read_offsets,
)
from grantstream.kafka.topic_admin import apply_topics
from grantstream.testing import Mint, eventually
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator
from tests.integration.events.consuming import FAST, consuming, until_version
from tests.integration.events.offsets import GROUP, TOPIC, Counted, append, applied, delete_before, kept, until_lost
from tests.integration.events.support import Topics

PLACE = TopicPartition(TOPIC, 0)


@pytest.fixture
def topics(harmed_topics: Topics) -> Topics:
    """Of a broker that tests may harm."""
    return harmed_topics


async def test_only_the_last_claimant_of_a_place_can_raise_it(
    pool: asyncpg.Pool,
) -> None:
    """Taking a place over never lowers it."""
    async with pool.acquire() as connection:
        begun = (await begin_offsets(connection, GROUP, {PLACE: NewOffset("id", 5)}))[PLACE]
        assert begun.claim is not None
        seen = await read_offsets(connection, GROUP, [TOPIC])
        assert await raise_offsets(connection, GROUP, {PLACE: begun.claim}, {PLACE: 7}) == {PLACE}
        taken = (await claim_offsets(connection, GROUP, seen))[PLACE]
        assert taken.claim is not None
        assert taken.next_offset == 7
        assert await raise_offsets(connection, GROUP, {PLACE: begun.claim}, {PLACE: 9}) == set()
        assert await raise_offsets(connection, GROUP, {PLACE: taken.claim}, {PLACE: 8}) == {PLACE}
        assert (await read_offsets(connection, GROUP, [TOPIC]))[PLACE].next_offset == 8
        replaced = await begin_offsets(connection, GROUP, {PLACE: NewOffset("other id", 0, "created anew")})
        assert replaced[PLACE].next_offset == 0
        assert await claim_offsets(connection, GROUP, seen) == {}
        assert await raise_offsets(connection, GROUP, {PLACE: taken.claim}, {PLACE: 9}) == set()


async def test_nothing_is_noted_before_it_is_done(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    counted = Counted()
    async with consuming(topics, pool, mint, GROUP, counted.handlers) as member:
        place = await append(topics, mint, 1)
        await until_version(pool, "app", 1)
        await eventually(member.is_ready)
        counted.go_on.clear()
        await append(topics, mint, 2)
        await eventually(lambda: counted.waiting, what="a batch in hand")
        assert (await kept(pool, place))["next_offset"] == place.offset + 1
        counted.go_on.set()
        await until_next_offset(pool, place, place.offset + 2)


async def test_a_starting_group_commits_its_kept_offsets(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    async with consuming(topics, pool, mint, GROUP):
        place = await append(topics, mint, 1)
        await until_next_offset(pool, place, place.offset + 1)
    await Operator(topics.bootstrap_servers).move_group(GROUP, "start", [TOPIC])
    assert await topics.committed(GROUP, place) < place.offset + 1
    async with consuming(topics, pool, mint, GROUP):

        async def is_committed() -> bool:
            return await topics.committed(GROUP, place) == place.offset + 1

        await eventually(is_committed)


async def test_reading_does_not_wait_for_a_commit_that_hangs(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, commit = asyncio.Event(), AIOKafkaConsumer.commit

    async def hang(consumer: AIOKafkaConsumer, offsets: Any = None) -> None:
        await go_on.wait()
        await commit(consumer, offsets)

    monkeypatch.setattr(AIOKafkaConsumer, "commit", hang)
    async with consuming(topics, pool, mint, GROUP):
        await append(topics, mint, 1)
        await until_version(pool, "app", 1)
        go_on.set()


async def test_a_member_stops_at_a_gap_until_it_is_noted(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, caplog: pytest.LogCaptureFixture
) -> None:
    """However long the next comparison with the topics takes: it must not go on behind the gap by itself."""
    counted = Counted()
    never = replace(FAST, offsets_every=3600.0)
    async with consuming(topics, pool, mint, GROUP, counted.handlers, settings=never) as member:
        await append(topics, mint, 1)
        await until_version(pool, "app", 1)
        await eventually(member.is_ready)
        counted.go_on.clear()
        place = await append(topics, mint, 2)
        await eventually(lambda: counted.waiting, what="a batch in hand")
        await append(topics, mint, 3)
        buffered = member._subscriber.consumer._fetcher._records
        await eventually(lambda: TopicPartition(TOPIC, place.partition) in buffered, what="the next one fetched")
        last = await append(topics, mint, 4, 5)
        await delete_before(topics, place, last.offset)
        counted.go_on.set()
        await eventually(lambda: "OffsetOutOfRangeError" in caplog.text, what="that it stops")
        assert counted.versions == [1, 2, 3]
        assert (await kept(pool, place))["next_offset"] == place.offset + 2
    async with consuming(topics, pool, mint, GROUP, counted.handlers):
        await until_lost(pool, place, "were deleted unread")
        await until_version(pool, "app", 5)


async def test_a_group_that_loses_its_claim_loses_no_event(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    """As a member does that is frozen, and wakes up when others have its partitions."""
    async with consuming(topics, pool, mint, GROUP, Counted().handlers) as member:
        place = await append(topics, mint, 1)
        await until_next_offset(pool, place, place.offset + 1)
        await pool.execute("update group_place set claim = gen_random_uuid()")
        await append(topics, mint, 2)
        await until_version(pool, "app", 2)
        await until_next_offset(pool, place, place.offset + 2)
        await append(topics, mint, 3)
        await until_next_offset(pool, place, place.offset + 3)
        await eventually(member.is_ready)


async def test_rows_that_somebody_deleted_are_written_again(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    async with consuming(topics, pool, mint, GROUP, Counted().handlers):
        place = await append(topics, mint, 1)
        await until_next_offset(pool, place, place.offset + 1)
        await pool.execute("delete from group_place")
        await append(topics, mint, 2)
        await until_next_offset(pool, place, place.offset + 2)


async def test_a_database_without_places_is_filled_from_the_start(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    """It may be another one, or restored from before it had any: the broker says how far the old one had come."""
    await append(topics, mint, 1, 2)
    await applied(topics, pool, mint, 2)
    await pool.execute("delete from group_place")
    await pool.execute("delete from app")
    await Operator(topics.bootstrap_servers).move_group(GROUP, "end", [TOPIC])
    assert (await applied(topics, pool, mint, 2)).versions == [1, 2]


async def test_places_never_go_back_during_rebalances(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    place = await append(topics, mint, 1)
    seen: list[int] = []

    async def is_at(offset: int) -> bool:
        found = await kept(pool, place)
        seen.append(0 if found is None else found["next_offset"])
        return seen[-1] == offset

    async with consuming(topics, pool, mint, GROUP, Counted().handlers):
        for round_ in range(4):
            async with AsyncExitStack() as others:
                for _ in range(2):
                    await others.enter_async_context(consuming(topics, pool, mint, GROUP, Counted().handlers))
                last = await append(topics, mint, *range(2 + 3 * round_, 5 + 3 * round_))
                await is_at(0)
        await eventually(lambda: is_at(last.offset + 1), what="the end of the topic")
    assert seen == sorted(seen)


@pytest.mark.parametrize("how", ["no table", "no database"])
async def test_without_kept_offsets_committed_offsets_apply(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    await pool.execute("drop table group_place")
    counted = Counted(projecting=how == "no table")
    kept_in = pool if how == "no table" else None
    await append(topics, mint, 1, 2)
    async with consuming(topics, kept_in, mint, GROUP, counted.handlers):
        await eventually(lambda: counted.versions == [1, 2])
        place = await append(topics, mint, 3)

        async def is_committed() -> bool:
            return await topics.committed(GROUP, place) == place.offset + 1

        await eventually(is_committed, what="the commit")
    await append(topics, mint, 4)
    await Operator(topics.bootstrap_servers).move_group(GROUP, "end", [TOPIC])
    async with consuming(topics, kept_in, mint, GROUP, counted.handlers) as member:
        await eventually(member.is_ready)
        await append(topics, mint, 5)
        await eventually(lambda: counted.versions == [1, 2, 3, 5])
    said = [record for record in caplog.records if "the database keeps no offsets" in record.getMessage()]
    assert len(said) == (2 if how == "no table" else 0)  # once for each member


async def test_a_running_member_keeps_places_after_a_migration(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grantstream.events.consuming.kept_offsets._ASK_AGAIN", 0.1)
    await pool.execute("alter table group_place rename to elsewhere")
    counted = Counted()
    async with consuming(topics, pool, mint, GROUP, counted.handlers):
        place = await append(topics, mint, 1)
        await until_version(pool, "app", 1)
        await pool.execute("alter table elsewhere rename to group_place")
        await until_next_offset(pool, place, place.offset + 1)
        await append(topics, mint, 2)
        await until_next_offset(pool, place, place.offset + 2)
    assert counted.versions == [1, 2]


async def test_an_offset_write_failure_repeats_but_loses_no_event(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, caplog: pytest.LogCaptureFixture
) -> None:
    await append(topics, mint, 1)
    await applied(topics, pool, mint, 1)
    await pool.execute(
        """create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
           create trigger refusing before update of next_offset on group_place for each row execute function refuse()"""
    )
    async with consuming(topics, pool, mint, GROUP, Counted().handlers):
        await append(topics, mint, 2, 3)
        await until_version(pool, "app", 3)
        await eventually(lambda: "the group's offsets can't be noted" in caplog.text)
    await pool.execute("drop trigger refusing on group_place")
    counted = Counted()
    async with consuming(topics, pool, mint, GROUP, counted.handlers):
        await eventually(lambda: counted.versions == [2, 3], what="the repeat")


@pytest.mark.parametrize("running", [False, True], ids=["stopped", "running"])
async def test_after_broker_data_loss_states_are_lost_not_facts(
    own_kafka: OwnBroker, topics: Topics, pool: asyncpg.Pool, mint: Mint, running: bool
) -> None:
    async def lose_everything() -> None:
        await asyncio.to_thread(own_kafka.lose_everything)
        await apply_topics(own_kafka.bootstrap_servers)

    place = await append(topics, mint, 1, 2)
    await applied(topics, pool, mint, 2)
    if not running:
        await lose_everything()
    async with consuming(topics, pool, mint, GROUP, Counted().handlers) as member:
        if running:
            await eventually(member.is_ready)
            await lose_everything()
        await append(topics, mint, 3)
        await until_version(pool, "app", 3)
        await until_lost(pool, place, "the topic was deleted and created anew")
        await eventually(member.is_ready, within=60)
    lost = await pool.fetch("select distinct topic from group_place where lost_at is not null")
    assert [row["topic"] for row in lost] == [TOPIC]


async def until_next_offset(pool: asyncpg.Pool, place: Any, offset: int) -> None:
    async def is_there() -> bool:
        found = await kept(pool, place)
        return found is not None and found["next_offset"] == offset

    await eventually(is_there, what=f"the place {offset}")
