"""What a group has set aside it takes after all when it is asked to, and only then, and only by those who may ask."""

import asyncio
import time
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from grantstream.contracts.events.dead import EventRedriven, EventSetAside, RedriveAsked
from grantstream.events.consuming.inbox import first_time
from grantstream.events.dead import redriving
from grantstream.events.dead.dead_letter_index import DeadLetterIndex
from grantstream.events.dead.dead_letter_marks import DeadLetterMarks
from grantstream.events.dead.dead_letter_reading import DeadLetter, list_dead_letters
from grantstream.events.dead.dead_letters import dead_letter_of, dead_letter_window
from grantstream.events.dead.redrive import Outcome, outcomes, redrive
from grantstream.events.dead.source_records import open_sources
from grantstream.events.errors import DeadLetterFailed, PoisonEvent
from grantstream.fence.groupless_consumer import GrouplessConsumer
from grantstream.testing import FixedCredentials, Mint, eventually
from tests.integration.events.consuming import FAST, consuming, marker, until_version
from tests.integration.events.support import Topics, app_state, event_of, project_app, version_of


class Broken:
    """A handler that finds every event poisonous until it is repaired."""

    repaired = False

    async def __call__(self, connection: Any, event: Any, envelope: Any) -> None:
        if not self.repaired and event.version != 99:
            raise PoisonEvent("not understood")
        await project_app(connection, event, envelope)


def credentials(mint: Mint, **changes: Any) -> FixedCredentials:
    return FixedCredentials.of(mint.token(**changes))


async def letters_of(topics: Topics, mint: Mint, group_id: str) -> list[DeadLetter]:
    return await list_dead_letters(
        topics.bootstrap_servers, mint.guard(), topics=["app.modified", "app.registered"], group_id=group_id
    )


async def vouched_of(topics: Topics, mint: Mint, group_id: str) -> list[DeadLetter]:
    """Those whose mark is there too: a copy is there a moment before it."""
    return [letter for letter in await letters_of(topics, mint, group_id) if letter.vouched]


async def in_index(topics: Topics, mint: Mint, group_id: str, place: Any) -> bool:
    index = await DeadLetterIndex.load(topics.bootstrap_servers, mint.guard(), group_id)
    return index.contains(place.topic, place.partition, place.offset, place.timestamp)


async def driven(topics: Topics, mint: Mint, letters: list[DeadLetter], limit: float = 15.0) -> list[Outcome]:
    asked = await redrive(topics.bootstrap_servers, credentials(mint), letters)
    told = await outcomes(topics.bootstrap_servers, mint.guard(), asked, limit=limit)
    return [each.outcome for each in told]


async def tell(topics: Topics, source: FixedCredentials, *marks: Any) -> None:
    window = dead_letter_window(topics.bootstrap_servers)
    await DeadLetterMarks(window, source, source="urn:test").append(marks)
    await window.close()


async def test_a_redriven_event_is_judged_by_its_append_time(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, handler = await topics.group_at_end(), Broken()
    event = event_of(app_state())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, credentials=credentials(mint)):
        expires_at = int(time.time()) + 8
        place = await topics.send(event, mint.token(expires_at=expires_at))
        [letter] = await eventually(lambda: vouched_of(topics, mint, group_id), what="a dead letter")
        assert (letter.topic, letter.partition, letter.offset) == (place.topic, place.partition, place.offset)
        assert (letter.reason, letter.status, letter.vouched) == ("event_poisonous", "dead", True)
        assert (letter.key, letter.value) == (event.key.encode(), event.data)
        assert await in_index(topics, mint, group_id, place)
        await eventually(lambda: time.time() > expires_at, what="the end of the token")
        handler.repaired = True
        assert await driven(topics, mint, [letter]) == ["redriven"]
        assert await version_of(pool, event.key) == 1
    [letter] = await letters_of(topics, mint, group_id)
    assert letter.resolved == "redriven"
    assert not await in_index(topics, mint, group_id, place)


async def test_a_redriven_event_that_fails_is_dead_lettered_again(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id, handler = await topics.group_at_end(), Broken()
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, credentials=credentials(mint)):
        refused = await topics.send(event_of(app_state()), None)
        await topics.send(event_of(app_state()), mint.token())
        await eventually(lambda: _there_are(topics, mint, group_id, 2), what="dead letters")
        letters = await letters_of(topics, mint, group_id)
        assert await driven(topics, mint, letters) == ["dead", "dead"]
    assert await in_index(topics, mint, group_id, refused)
    reasons = {letter.reason for letter in await letters_of(topics, mint, group_id)}
    assert reasons == {"event_token_missing", "event_poisonous"}
    assert len(await topics.dead_letters("app.modified", group_id)) == 4


async def _there_are(topics: Topics, mint: Mint, group_id: str, count: int) -> bool:
    return len(await vouched_of(topics, mint, group_id)) == count


async def test_a_redrive_waits_for_its_own_group_to_come_back(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    first, second = await topics.group_at_end(), await topics.group_at_end()
    handler = Broken()
    options: dict[str, Any] = {"handlers": {"app.modified": handler}, "credentials": credentials(mint)}
    state = app_state()
    async with consuming(topics, pool, mint, first, **options), consuming(topics, pool, mint, second, **options):
        place = await topics.send(event_of(state), mint.token())
        [letter] = await eventually(lambda: vouched_of(topics, mint, first))
        await eventually(lambda: vouched_of(topics, mint, second))
    assert await driven(topics, mint, [letter], limit=0.0) == ["asked"]
    handler.repaired = True
    async with consuming(topics, pool, mint, second, **options):
        await marker(topics, pool, mint, app_state().app_id)
        assert await version_of(pool, state.app_id) is None
    async with consuming(topics, pool, mint, first, **options):
        await until_version(pool, state.app_id, 1)
        await eventually(lambda: _is_resolved(topics, mint, first))
    assert not await in_index(topics, mint, first, place)
    assert await in_index(topics, mint, second, place)


async def _is_resolved(topics: Topics, mint: Mint, group_id: str) -> bool:
    return all(letter.resolved for letter in await letters_of(topics, mint, group_id))


async def test_an_event_redriven_repeatedly_takes_effect_once(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    await pool.execute("create table effect (app_id text)")
    broken = Broken()

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        await broken(connection, event, envelope)
        if await first_time(connection, envelope.claims, envelope):
            await connection.execute("insert into effect values ($1)", event.app_id)

    event = event_of(app_state())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, credentials=credentials(mint)):
        await topics.send(event, mint.token())
        [letter] = await eventually(lambda: vouched_of(topics, mint, group_id))
        broken.repaired = True
        assert await driven(topics, mint, [letter]) == ["redriven"]
        assert await driven(topics, mint, [letter]) == ["redriven"]
        await redrive(topics.bootstrap_servers, credentials(mint), [letter, letter])
        await marker(topics, pool, mint, event.key)
    assert await pool.fetchval("select count(*) from effect where app_id = $1", event.key) == 2  # and the marker


async def test_redriving_an_absent_event_reports_it_as_gone(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    place = await topics.send(event_of(app_state()), mint.token())
    made_anew = {"group_id": group_id, "topic": place.topic, "partition": place.partition, "offset": place.offset,
                 "appended_at_ms": place.timestamp - 1}  # fmt: skip
    async with consuming(topics, pool, mint, group_id, credentials=credentials(mint)):
        await tell(topics, credentials(mint), RedriveAsked(**made_anew))

        async def reason() -> str:
            return next((letter.reason for letter in await letters_of(topics, mint, group_id)), "")

        await eventually(reason)
        assert await reason() == "event_gone"
    [letter] = await letters_of(topics, mint, group_id)
    for absent in (letter, replace(letter, offset=10**9)):
        [told] = await redrive(topics.bootstrap_servers, credentials(mint), [absent])
        assert told.outcome == "gone"


async def test_strangers_cannot_dead_letter_or_redrive_an_event(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, handler = await topics.group_at_end(), Broken()
    strangers = credentials(mint, key_space=("dead/other/*", "app/*"))
    good = await topics.send(event_of(app_state(version=99)), mint.token())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, credentials=credentials(mint)):
        poison = await topics.send(event_of(app_state()), mint.token())
        await eventually(lambda: vouched_of(topics, mint, group_id))
        handler.repaired = True
        places = [
            {"group_id": group_id, "topic": place.topic, "partition": place.partition, "offset": place.offset,
             "appended_at_ms": place.timestamp}
            for place in (good, poison)
        ]  # fmt: skip
        await tell(topics, strangers, EventSetAside(**places[0], reason="forged"))
        await tell(topics, strangers, RedriveAsked(**places[1]))
        await tell(topics, strangers, EventRedriven(**places[1]))
        await eventually(
            lambda: topics.records("dead.letter.dead", lambda record: group_id.encode() in record.key), what="refusals"
        )
    assert not await in_index(topics, mint, group_id, good)
    assert await in_index(topics, mint, group_id, poison)
    assert [letter.status for letter in await letters_of(topics, mint, group_id)] == ["dead"]


async def test_no_commit_while_a_mark_cannot_be_written(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_id, tries, append = await topics.group_at_end(), 0, DeadLetterMarks.append

    async def unreachable(self: DeadLetterMarks, marks: Any) -> None:
        nonlocal tries
        tries += 1
        raise DeadLetterFailed("dead.letter")

    async with consuming(topics, pool, mint, group_id, credentials=credentials(mint)):
        monkeypatch.setattr(DeadLetterMarks, "append", unreachable)
        place = await topics.send(event_of(app_state()), None)
        await eventually(lambda: tries > 3)
        assert await topics.committed(group_id, place) == place.offset
        assert not await in_index(topics, mint, group_id, place)
        monkeypatch.setattr(DeadLetterMarks, "append", append)
        await eventually(lambda: in_index(topics, mint, group_id, place))

        async def is_committed() -> bool:
            return await topics.committed(group_id, place) == place.offset + 1

        await eventually(is_committed)


async def test_an_unvouched_copy_is_shown_and_excludes_nothing(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    async with consuming(topics, pool, mint, group_id, settings=FAST):  # it has no credential
        place = await topics.send(event_of(app_state()), None)
        [letter] = await eventually(lambda: letters_of(topics, mint, group_id))
    assert (letter.vouched, letter.status) == (False, "dead")
    assert not await in_index(topics, mint, group_id, place)


async def test_a_forged_copy_before_the_groups_own_is_ignored(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id, handler = await topics.group_at_end(), Broken()
    event = event_of(app_state())
    place = await topics.send(event, mint.token())
    true = SimpleNamespace(**{name: getattr(place, name) for name in ("topic", "partition", "offset", "timestamp")},
                           key=b"another", value=b"forged", headers=[])  # fmt: skip
    for forged in (true, SimpleNamespace(**vars(true) | {"timestamp": place.timestamp - 1})):
        copy = dead_letter_of(forged, "event_contradictory", group_id)
        await topics.send(event, None, topic=copy.topic, key=copy.key, value=copy.value, headers=list(copy.headers))
    [letter] = await letters_of(topics, mint, group_id)
    assert not letter.vouched
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, credentials=credentials(mint)):
        [letter] = await eventually(lambda: vouched_of(topics, mint, group_id))
        assert (letter.key, letter.value, letter.reason) == (event.key.encode(), event.data, "event_poisonous")
        handler.repaired = True
        assert await driven(topics, mint, [letter]) == ["redriven"]
    [letter] = await letters_of(topics, mint, group_id)
    assert (letter.value, letter.reason, letter.resolved) == (event.data, "event_poisonous", "redriven")


async def test_a_program_may_also_watch_what_all_groups_set_aside(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id, watchers = await topics.group_at_end(), await topics.group_at_end(["dead.letter"])
    seen: list[Any] = []

    async def watch(_connection: Any, event: Any, _envelope: Any) -> None:
        seen.append(event)

    watching = consuming(topics, pool, mint, watchers, {"event.set_aside": watch})
    async with watching, consuming(topics, pool, mint, group_id, credentials=credentials(mint)):
        place = await topics.send(event_of(app_state()), None)
        await eventually(lambda: [event for event in seen if event.group_id == group_id])
    assert [event.offset for event in seen if event.group_id == group_id] == [place.offset]


@pytest.mark.parametrize(
    "nowhere", [{"partition": 99}, {"partition": 2**31 - 1}, {"offset": 2**63 - 1}], ids=["few", "many", "offset"]
)
async def test_redriving_a_missing_place_fails_without_blocking(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, nowhere: dict[str, int]
) -> None:
    group_id, state = await topics.group_at_end(), app_state()
    asked = RedriveAsked(
        **{"group_id": group_id, "topic": "app.modified", "partition": 0, "offset": 0, "appended_at_ms": 1} | nowhere
    )
    async with consuming(topics, pool, mint, group_id, credentials=credentials(mint)):
        await tell(topics, credentials(mint), asked)
        [letter] = await eventually(lambda: _answered(topics, mint, group_id), what="an answer")
        await topics.send(event_of(state), mint.token())
        await until_version(pool, state.app_id, 1)
    assert (letter.reason, letter.partition, letter.offset) == ("event_gone", asked.partition, asked.offset)
    [told] = await redrive(topics.bootstrap_servers, credentials(mint), [letter])
    assert told.outcome == "gone"


async def _answered(topics: Topics, mint: Mint, group_id: str) -> list[DeadLetter]:
    return [letter for letter in await letters_of(topics, mint, group_id) if letter.status != "asked"]


async def test_redriving_unreadable_events_fails_without_blocking(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when no broker leads the partition: aiokafka waits for one."""
    group_id, handler, state = await topics.group_at_end(), Broken(), app_state(version=99)

    async def never(_consumer: Any, _partitions: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(redriving, "open_sources", partial(open_sources, limit=0.3))
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, credentials=credentials(mint)):
        await topics.send(event_of(app_state()), mint.token())
        [letter] = await eventually(lambda: vouched_of(topics, mint, group_id))
        handler.repaired = True
        with monkeypatch.context() as while_unreadable:
            while_unreadable.setattr(GrouplessConsumer, "beginning_offsets", never)
            await tell(topics, credentials(mint), RedriveAsked(**letter.place))
            await topics.send(event_of(state), mint.token())
            await until_version(pool, state.app_id, 99)

        [letter] = await eventually(lambda: _answered(topics, mint, group_id), what="an answer")
        assert letter.reason == "source_unreadable"
        assert letter.value is not None
        assert await driven(topics, mint, [letter]) == ["redriven"]
