"""What a group could not take it takes after all when its operator asks, once the cause is mended."""

import asyncio
import time
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.events.consuming.consumer import GuardedConsumer
from grantstream.events.consuming.consumer_settings import ConsumerObserver
from grantstream.events.consuming.inbox import first_time
from grantstream.events.dead import dead_letters
from grantstream.events.dead.copies import DeadLetterCopies, copy_of, read_copies
from grantstream.events.dead.dead_letters import Outcome
from grantstream.events.dead.rows import DeadLetter, note_dead_letters, read_left_out
from grantstream.events.errors import DeadLetterFailed, DeadLettersNotKept, PoisonEvent
from grantstream.fence import RowBelowFloor
from grantstream.kafka.groupless_consumer import GrouplessConsumer
from grantstream.kafka.source_records import open_sources
from grantstream.testing import FakeFence, Mint, eventually
from grantstream.testing.mint import producer_claims
from tests.integration.events.consuming import consuming, marker, the_dead_letter, until_version
from tests.integration.events.support import APPS, Topics, app_state, event_of, project_app, version_of


class Broken:
    """A handler that finds every event poisonous until it is repaired."""

    repaired = False

    async def __call__(self, connection: Any, event: Any, envelope: Any) -> None:
        if not self.repaired and event.version != 99:
            raise PoisonEvent("not understood")
        await project_app(connection, event, envelope)


async def letters_of(consumer: GuardedConsumer, count: int = 1) -> list[DeadLetter]:
    """The open ones, once there are so many."""

    async def are_there() -> list[DeadLetter]:
        found = await consumer.dead_letters.read()
        return found if len(found) == count else []

    return await eventually(are_there, what=f"{count} dead letters")


async def redriven(consumer: GuardedConsumer, letters: list[DeadLetter]) -> list[Outcome]:
    return [each.outcome async for each in consumer.dead_letters.redrive(letters)]


async def test_a_redriven_event_is_judged_by_its_append_time(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, handler = await topics.group_at_end(), Broken()
    event = event_of(app_state())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        expires_at = int(time.time()) + 8
        place = await topics.send(event, mint.token(expires_at=expires_at))
        [letter] = await letters_of(consumer)
        assert (letter.topic, letter.partition, letter.offset) == (place.topic, place.partition, place.offset)
        assert (letter.reason, letter.subject, letter.version) == ("event_poisonous", f"app/{event.key}", 1)
        assert (letter.appended_at_ms, letter.redriven_at) == (place.timestamp, None)
        record = await consumer.dead_letters.record_of(letter)
        assert (record.key, record.value) == (event.key.encode(), event.data)
        await eventually(lambda: time.time() > expires_at, what="the end of the token")
        handler.repaired = True
        assert await redriven(consumer, [letter]) == ["redriven"]
        assert await version_of(pool, event.key) == 1
        assert await consumer.dead_letters.read() == []
        [closed] = await consumer.dead_letters.read(also_ended=True)
        assert closed.redriven_at is not None


async def test_what_still_fails_stays_open_with_its_reason(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, reason = await topics.group_at_end(), "first_reason"

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        error = PoisonEvent("not understood")
        error.code = reason  # type: ignore[misc]
        raise error

    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        await topics.send(event_of(app_state()), None)
        await topics.send(event_of(app_state()), mint.token())
        letters = await letters_of(consumer, 2)
        assert {letter.reason for letter in letters} == {"event_token_missing", "first_reason"}
        reason = "second_reason"
        assert await redriven(consumer, letters) == ["refused", "refused"]
        again = await letters_of(consumer, 2)
        assert {letter.reason for letter in again} == {"event_token_missing", "second_reason"}
    assert len(await topics.dead_letters("app.modified", group_id)) == 2


async def test_one_groups_redrive_leaves_another_groups_open(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    first, second = await topics.group_at_end(), await topics.group_at_end()
    handlers = {"app.modified": (handler := Broken())}
    async with (
        consuming(topics, pool, mint, first, handlers) as one,
        consuming(topics, pool, mint, second, handlers) as other,
    ):
        await topics.send(event_of(app_state()), mint.token())
        letters, others = await letters_of(one), await letters_of(other)
        handler.repaired = True
        assert await redriven(one, letters) == ["redriven"]
        assert await other.dead_letters.read() == others


async def test_an_event_redriven_repeatedly_takes_effect_once(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    await pool.execute("create table effect (app_id text)")
    broken = Broken()

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        await broken(connection, event, envelope)
        if await first_time(connection, envelope.claims, envelope):
            await connection.execute("insert into effect values ($1)", event.app_id)

    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        await topics.send(event_of(app_state()), mint.token())
        [letter] = await letters_of(consumer)
        broken.repaired = True
        outcomes = await asyncio.gather(*(redriven(consumer, [letter, letter]) for _ in range(3)))
    assert outcomes == [["redriven", "redriven"]] * 3
    assert await pool.fetchval("select count(*) from effect") == 1


async def test_applying_and_closing_are_one_transaction(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_id, handler, event = await topics.group_at_end(), Broken(), event_of(app_state())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        await topics.send(event, mint.token())
        [letter] = await letters_of(consumer)
        handler.repaired = True

        async def cannot_close(*_: Any, **__: Any) -> None:
            raise OSError("the connection is gone")

        with monkeypatch.context() as while_broken:
            while_broken.setattr(dead_letters, "close_dead_letter", cannot_close)
            while_broken.setattr(consumer.dead_letters, "_limit", 1.0)
            assert await redriven(consumer, [letter]) == ["failed"]
        assert await version_of(pool, event.key) is None
        assert await redriven(consumer, await letters_of(consumer)) == ["redriven"]
        assert await version_of(pool, event.key) == 1


async def test_an_event_without_a_handler_now_is_closed(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    async with consuming(topics, pool, mint, group_id, {"app.modified": Broken()}) as consumer:
        await topics.send(event_of(app_state()), mint.token())
        [letter] = await letters_of(consumer)
    async with consuming(topics, pool, mint, group_id, {"app.registered": Broken()}) as consumer:
        assert await redriven(consumer, [letter]) == ["behind"], "its row is known to lack a version"
        await pool.execute("update dead_letter set subject = null, version = null")
        assert await redriven(consumer, [letter]) == ["skipped"]
        assert await consumer.dead_letters.read() == []


@pytest.mark.parametrize(
    "nowhere",
    [{"partition": 99}, {"partition": 2**31 - 1}, {"offset": 2**63 - 1}, {"appended_at_ms": 1}],
    ids=["few", "many", "offset", "made anew"],
)
async def test_an_absent_record_is_gone_and_stays_open(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, nowhere: dict[str, int]
) -> None:
    group_id = await topics.group_at_end()
    place = await topics.send(event_of(app_state()), mint.token())
    letter = DeadLetter(
        group_id=group_id, topic=place.topic, partition=place.partition, offset=place.offset,
        appended_at_ms=place.timestamp, reason="event_poisonous",
    )  # fmt: skip
    absent = replace(letter, **nowhere)
    async with consuming(topics, pool, mint, group_id) as consumer:
        await note_dead_letters(pool, group_id, [absent])
        assert await redriven(consumer, [absent]) == ["gone"]
        assert [each.place for each in await consumer.dead_letters.read()] == [absent.place]


async def test_redriving_an_unreadable_event_fails_in_time(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when no broker leads the partition: aiokafka waits for one."""
    group_id, handler = await topics.group_at_end(), Broken()

    async def never(_consumer: Any, _partitions: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(dead_letters, "open_sources", partial(open_sources, limit=0.3))
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        await topics.send(event_of(app_state()), mint.token())
        [letter] = await letters_of(consumer)
        handler.repaired = True
        with monkeypatch.context() as while_unreadable:
            while_unreadable.setattr(GrouplessConsumer, "beginning_offsets", never)
            assert await redriven(consumer, [letter, letter]) == ["failed", "failed"]
        assert await redriven(consumer, [letter]) == ["redriven"]


async def test_a_record_read_again_is_one_row_open_again(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    """As after a crash between the row and the place, or when a group reads its topics again."""
    group_id, handler, event = await topics.group_at_end(), Broken(), event_of(app_state())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        await topics.send(event, mint.token())
        [letter] = await letters_of(consumer)
        handler.repaired = True
        assert await redriven(consumer, [letter]) == ["redriven"]
        handler.repaired = False
    await pool.execute(
        "update group_place set next_offset = $1 where topic = $2 and partition = $3",
        letter.offset,
        letter.topic,
        letter.partition,
    )
    await pool.execute("delete from app")
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        assert [each.place for each in await letters_of(consumer)] == [letter.place]


async def test_a_dismissed_letter_stays_so_and_ends_its_floor(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, handler, app_id = await topics.group_at_end(), Broken(), app_state().app_id
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        await topics.send(event_of(app_state(app_id, 100)), mint.token())
        [letter] = await letters_of(consumer)
        await project_app(pool, app_state(app_id, 99))
        with pytest.raises(RowBelowFloor):
            await APPS.find(pool, app_id)
        await consumer.dead_letters.dismiss([letter], because="nobody needs it")
        assert await consumer.dead_letters.read() == []
        assert await APPS.find(pool, app_id) is not None
        [dismissed] = await consumer.dead_letters.read(also_ended=True)
        assert (dismissed.dismissed_because, dismissed.redriven_at) == ("nobody needs it", None)
        await note_dead_letters(pool, group_id, [letter])
        assert await consumer.dead_letters.read() == [], "as when the group reads its topics again"
    places = await read_left_out(pool, group_id)
    assert places == {(letter.topic, letter.partition, letter.offset, letter.appended_at_ms)}


async def test_a_letter_stays_open_below_its_floor(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    """The fence told of version 7 when version 5 was set aside, and forgets it later."""
    group_id, handler, fence, app_id = await topics.group_at_end(), Broken(), FakeFence(), app_state().app_id
    change = PermissionChanged(subject=f"app/{app_id}", version=7)
    fence.rules.apply(change, offset=0, appended_at=time.time())
    options: dict[str, Any] = {"handlers": {"app.modified": handler}, "guard": mint.guard(fence=fence)}
    async with consuming(topics, pool, mint, group_id, **options) as consumer:
        await topics.send(event_of(app_state(app_id, 5)), mint.token())
        [letter] = await letters_of(consumer)
        assert letter.version == 7
        handler.repaired = True
        assert await redriven(consumer, [letter]) == ["behind"]
        assert await version_of(pool, app_id) == 5
        with pytest.raises(RowBelowFloor):
            await APPS.find(pool, app_id)
        await topics.send(event_of(app_state(app_id, 7)), mint.token())
        await until_version(pool, app_id, 7)
        assert await APPS.find(pool, app_id) is not None


async def test_what_was_void_stays_refused_when_forgotten(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, fence, event = await topics.group_at_end(), FakeFence(), event_of(app_state())
    voided = PermissionChanged(subject="app/producer", version=2, void_below={"version": 2})
    fence.rules.apply(voided, offset=0, appended_at=time.time())
    async with consuming(topics, pool, mint, group_id, guard=mint.guard(fence=fence)) as consumer:
        await topics.send(event, mint.token(producer_claims(app_version=1)))
        [letter] = await letters_of(consumer)
        assert letter.reason == "token_void"
    async with consuming(topics, pool, mint, group_id) as consumer:  # whose fence knows nothing of it
        assert await redriven(consumer, [letter]) == ["refused"]
    assert await version_of(pool, event.key) is None


async def test_a_retried_copy_reopens_no_redriven_letter(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_id, handler, tries, publish = await topics.group_at_end(), Broken(), 0, DeadLetterCopies.publish

    async def unreachable(self: DeadLetterCopies, refused: Any) -> None:
        nonlocal tries
        tries += 1
        raise DeadLetterFailed("app.modified")

    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as consumer:
        monkeypatch.setattr(DeadLetterCopies, "publish", unreachable)
        await topics.send(event_of(app_state()), mint.token())
        await eventually(lambda: tries > 1)
        handler.repaired = True
        assert await redriven(consumer, await letters_of(consumer)) == ["redriven"]
        monkeypatch.setattr(DeadLetterCopies, "publish", publish)
        await the_dead_letter(topics, group_id)
        assert await consumer.dead_letters.read() == []


async def test_a_database_to_be_migrated_blocks_the_group(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, retried = await topics.group_at_end(), []
    observer = ConsumerObserver(retried=lambda _topic, why: retried.append(why))
    await pool.execute("alter table dead_letter rename to later")
    async with consuming(topics, pool, mint, group_id, observer=observer) as consumer:
        await topics.send(event_of(app_state()), None)
        await eventually(lambda: retried.count("UndefinedTableError") > 1)
        assert await topics.dead_letters("app.modified", group_id) == []
        await pool.execute("alter table later rename to dead_letter")
        await letters_of(consumer)


async def test_no_commit_while_a_row_cannot_be_written(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, retried = await topics.group_at_end(), []
    observer = ConsumerObserver(retried=lambda _topic, why: retried.append(why))
    await pool.execute("alter table dead_letter add constraint nothing check (reason = 'none') not valid")
    async with consuming(topics, pool, mint, group_id, observer=observer) as consumer:
        place = await topics.send(event_of(app_state()), None)
        await eventually(lambda: "CheckViolationError" in retried)
        assert await topics.dead_letters("app.modified", group_id) == []
        assert await topics.committed(group_id, place) <= place.offset
        await pool.execute("alter table dead_letter drop constraint nothing")
        await letters_of(consumer)

        async def is_committed() -> bool:
            return await topics.committed(group_id, place) == place.offset + 1

        await eventually(is_committed)


async def test_a_group_without_a_database_has_only_copies(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    async with consuming(topics, None, mint, group_id) as consumer:
        await topics.send(event_of(app_state()), None)
        await the_dead_letter(topics, group_id)
        with pytest.raises(DeadLettersNotKept, match=group_id):
            await consumer.dead_letters.read()


async def test_dead_lettering_works_without_the_table(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    await pool.execute("drop table dead_letter, group_place")
    group_id, app_id = await topics.group_at_end(), app_state().app_id
    async with consuming(topics, pool, mint, group_id, {"app.modified": Broken()}):
        await topics.send(event_of(app_state(app_id)), mint.token())
        await the_dead_letter(topics, group_id)
        await marker(topics, pool, mint, app_id)


async def test_copies_are_read_and_forged_ones_hurt_nobody(topics: Topics, mint: Mint) -> None:
    group_id, event = await topics.group_at_end(), event_of(app_state())
    place = await topics.send(event, mint.token())
    consumed = SimpleNamespace(**{name: getattr(place, name) for name in ("topic", "partition", "offset", "timestamp")},
                               key=b"key", value=b"value", headers=[])  # fmt: skip
    good = copy_of(consumed, "event_contradictory", group_id)
    forged = {"dead-offset": b"-1", "dead-partition": b"x", "dead-group": None, "dead-topic": b"app.deleted"}
    bad = [[(name, forged.get(name, value) if name == wrong else value) for name, value in good.headers]
           for wrong in forged]  # fmt: skip
    for headers in (*bad, list(good.headers)):
        await topics.send(event, None, topic=good.topic, key=good.key, value=good.value, headers=headers)
    found = [copy async for copy in read_copies(topics.bootstrap_servers, ["app.modified"])]
    assert [copy for copy in found if copy.group_id == group_id] == [
        DeadLetter(
            group_id=group_id, topic=place.topic, partition=place.partition, offset=place.offset,
            appended_at_ms=place.timestamp, reason="event_contradictory",
        )
    ]  # fmt: skip
