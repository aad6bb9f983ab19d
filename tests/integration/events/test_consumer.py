"""Each event is applied, or set aside with a reason; nothing is committed past one that is neither."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from grantstream.events import dead_letter_headers as names
from grantstream.events.consumer import GuardedConsumer
from grantstream.events.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.dead_letters import DeadLetters
from grantstream.events.errors import DeadLetterFailed, PassingFault
from grantstream.events.inbox import first_time
from tests.integration.events.support import (
    APP_HANDLERS,
    Topics,
    app_state,
    envelope_headers,
    event_of,
    eventually,
    project_app,
    registered,
    version_of,
)
from tests.tokens import FreshFence, Mint, bearer, producer_claims

FAST = ConsumerSettings(key_limit=0.5, lag_every=0.2, poison_tries=3, longest_pause=0.2)


@asynccontextmanager
async def consuming(
    topics: Topics, pool: Any, mint: Mint, group_id: str, handlers: Any = APP_HANDLERS, **options: Any
) -> AsyncIterator[GuardedConsumer]:
    guard = options.pop("guard", None) or mint.guard()
    options = {"settings": FAST} | options
    consumer = GuardedConsumer(topics.bootstrap_servers, group_id, guard, handlers, pool, **options)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def until_version(pool: asyncpg.Pool, app_id: str, version: int) -> None:
    async def is_there() -> bool:
        return await version_of(pool, app_id) == version

    await eventually(is_there, what=f"version {version}")


async def marker(topics: Topics, pool: asyncpg.Pool, mint: Mint, app_id: str) -> None:
    """A good event behind a bad one of the same key: when it is applied, the bad one is done with."""
    await topics.send(event_of(app_state(app_id, 99)), mint.token())
    await until_version(pool, app_id, 99)


async def the_dead_letter(topics: Topics, group_id: str, topic: str = "app.modified") -> Any:
    [letter] = await eventually(lambda: topics.dead_letters(topic, group_id), what="a dead letter")
    return letter


async def test_an_event_reaches_the_projection_and_is_committed(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    state = registered()
    async with consuming(topics, pool, mint, group_id):
        place = await topics.send(event_of(state), mint.token())
        await until_version(pool, state.app_id, 1)

        async def is_committed() -> bool:
            return await topics.committed(group_id, place) == place.offset + 1

        await eventually(is_committed, what="the commit")


async def test_older_events_and_copies_change_nothing(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    state = registered(version=5)
    async with consuming(topics, pool, mint, group_id):
        for event in (event_of(state), event_of(state), event_of(app_state(state.app_id, 3))):
            await topics.send(event, mint.token())
        await marker(topics, pool, mint, state.app_id)
    assert await topics.dead_letters("app.modified", group_id) == []
    assert await topics.dead_letters("app.registered", group_id) == []


async def test_the_same_version_with_other_content_is_a_dead_letter(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id = await topics.group_at_end()
    state = app_state(version=5)
    async with consuming(topics, pool, mint, group_id):
        await topics.send(event_of(state), mint.token())
        await topics.send(event_of(state.model_copy(update={"name": "forged"})), mint.token())
        await marker(topics, pool, mint, state.app_id)
    letter = await the_dead_letter(topics, group_id)
    assert dict(letter.headers)[names.REASON] == b"event_contradictory"


def _refused(mint: Mint) -> dict[str, Any]:
    now = int(time.time())
    good = mint.token()
    return {
        "event_token_missing": {"token": None},
        "signature_invalid": {"token": good[:-8] + ("AAAAAAAA" if good[-8:] != "AAAAAAAA" else "BBBBBBBB")},
        "expired": {"token": mint.token(issued_at=now - 900, not_before=now - 900, expires_at=now - 60)},
        "not_yet_valid": {"token": mint.token(not_before=now + 600)},
        "aud_wrong": {"token": mint.token(audience="urn:grantstream:api")},
        "scope_missing": {"token": mint.token(scopes=frozenset({"user.event.writeonly"}))},
        "event_outside_key_space": {"token": mint.token(key_space=("app/other",))},
        "kid_unknown": {"token": Mint("stranger").token()},
        "event_key_mismatch": {"token": good, "key": b"somebody else's"},
        "event_envelope_malformed": {"token": good, "without": "ce_id"},
        "event_data_malformed": {"token": good, "value": b'{"version": 0}'},
        "event_of_other_topic": {"token": good, "topic": "app.reviewed"},
    }


@pytest.mark.parametrize("reason", sorted(_refused(Mint())))
async def test_a_refused_event_is_set_aside_with_its_reason_and_without_its_token(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, reason: str
) -> None:
    group_id = await topics.group_at_end()
    case = _refused(mint)[reason]
    token, left_out = case.pop("token"), case.pop("without", None)
    event = event_of(app_state())
    headers = [header for header in envelope_headers(event) if header[0] != left_out]
    if token:
        headers += [bearer(token), ("Authorization", b"Bearer " + token.encode()), ("event-proof", token.encode())]
    async with consuming(topics, pool, mint, group_id):
        place = await topics.send(event, None, headers=headers, **case)
        letter = await the_dead_letter(topics, group_id, place.topic)
    told = dict(letter.headers)
    assert told[names.REASON] == reason.encode()
    assert told[names.TOPIC] == place.topic.encode()
    assert told[names.PARTITION] == str(place.partition).encode()
    assert told[names.OFFSET] == str(place.offset).encode()
    assert told[names.APPENDED_AT] == str(place.timestamp).encode()
    assert not token or token.encode() not in b"".join([*told.values(), *map(str.encode, told)])
    assert not {name.lower() for name in told} & {"authorization", "event-proof"}
    assert await pool.fetchval("select count(*) from app") == 0


@pytest.mark.parametrize(
    "header",
    [("ce_id", None), ("ce_id", b"\xff"), ("other", None), ("other", b"\xff\xfe"), ("authorization", None),
     ("authorization", b"\xff"), ("reply_to", b"app.deleted")],
    ids=str,
)  # fmt: skip
async def test_a_header_that_cannot_be_read_loses_no_message(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, header: tuple[str, Any]
) -> None:
    group_id = await topics.group_at_end()
    event = event_of(app_state())
    headers = [h for h in [*envelope_headers(event), bearer(mint.token())] if h[0] != header[0]]
    app_id = event.key
    async with consuming(topics, pool, mint, group_id):
        await topics.send(event, None, headers=[*headers, header])
        await marker(topics, pool, mint, app_id)
    letters = await topics.dead_letters("app.modified", group_id)
    assert len(letters) == (0 if header[0] in ("other", "reply_to") else 1)


async def test_a_tombstone_and_an_unknown_type_are_skipped(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    skipped: list[tuple[str, str]] = []
    event = event_of(app_state())
    newer = replace(event, type="app.renamed", dataschema="urn:grantstream:event:app.renamed:1")
    observer = ConsumerObserver(skipped=lambda topic, why: skipped.append((topic, why)))
    async with consuming(topics, pool, mint, group_id, observer=observer):
        await topics.send(event, None, value=None, headers=[])
        await topics.send(newer, mint.token())
        await marker(topics, pool, mint, event.key)
    assert skipped == [("app.modified", "event_tombstone"), ("app.modified", "event_type_unknown")]
    assert await topics.dead_letters("app.modified", group_id) == []


async def test_an_event_whose_key_is_published_a_moment_later_is_applied(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id = await topics.group_at_end()
    newcomer, keys = Mint("newcomer"), mint.keys()
    state = registered()
    waiting = ConsumerSettings(key_limit=10)
    async with consuming(topics, pool, mint, group_id, guard=mint.guard(keys=keys), settings=waiting):
        await topics.send(event_of(state), newcomer.token())
        await asyncio.sleep(0.5)  # not waiting for anything: the key has to come late
        keys.add(newcomer.jwk)
        await until_version(pool, state.app_id, 1)


async def test_an_event_of_a_voided_producer_is_refused(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    from grantstream.contracts.events.fence import PermissionChanged

    group_id = await topics.group_at_end()
    fence = FreshFence()
    fence.rules.apply(
        PermissionChanged(subject="app/producer", version=2, void_below={"version": 2}),
        offset=0, appended_at=time.time(),
    )  # fmt: skip
    async with consuming(topics, pool, mint, group_id, guard=mint.guard(fence=fence)):
        await topics.send(event_of(app_state()), mint.token(producer_claims(app_version=1)))
        letter = await the_dead_letter(topics, group_id)
    assert dict(letter.headers)[names.REASON] == b"token_void"


class Failing:
    """A handler that fails as often as it is told, and then projects."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times, self.calls = error, times, 0

    async def __call__(self, connection: Any, state: Any, envelope: Any) -> None:
        self.calls += 1
        await project_app(connection, state, envelope)
        if self.calls <= self.times:
            raise self.error


async def test_a_passing_fault_is_tried_again_for_as_long_as_it_takes(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id = await topics.group_at_end()
    handler = Failing(PassingFault("not yet"), times=3 * FAST.poison_tries)
    state = app_state()
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}):
        await topics.send(event_of(state), mint.token())
        await until_version(pool, state.app_id, 1)
    assert await topics.dead_letters("app.modified", group_id) == []


async def test_an_events_own_fault_is_tried_a_few_times_and_then_holds_up_nobody(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id = await topics.group_at_end()
    state = app_state()
    poisonous = Failing(KeyError("a bug"), times=10_000)

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        await (poisonous if event.app_id == state.app_id and event.version == 1 else project_app)(
            connection, event, envelope
        )

    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}):
        await topics.send(event_of(state), mint.token())
        await marker(topics, pool, mint, state.app_id)
    letter = await the_dead_letter(topics, group_id)
    assert dict(letter.headers)[names.REASON] == b"handler_failed"
    assert poisonous.calls >= FAST.poison_tries


async def test_one_bad_event_in_a_batch_spoils_no_other(topics: Topics, pool: asyncpg.Pool, mint: Mint) -> None:
    group_id = await topics.group_at_end()
    states = [app_state() for _ in range(20)]
    bad = states[7].app_id

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        await project_app(connection, event, envelope)
        if event.app_id == bad:
            await connection.execute("select 1/0")

    for state in states:
        await topics.send(event_of(state), mint.token())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}):

        async def is_done() -> bool:
            return bool(await pool.fetchval("select count(*) from app") == 19)

        await eventually(is_done)
        letter = await the_dead_letter(topics, group_id)
    assert letter.key == bad.encode()
    assert dict(letter.headers)[names.REASON] == b"event_not_storable"
    assert await version_of(pool, bad) is None


class UnreachableDeadLetters(DeadLetters):
    """Dead letters that can't be published until they may."""

    allowed = False
    tries = 0

    async def publish(self, record: Any, reason: str) -> None:
        type(self).tries += 1
        if not self.allowed:
            raise DeadLetterFailed(record.topic)
        await super().publish(record, reason)


async def test_nothing_is_committed_while_a_dead_letter_cannot_be_published(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grantstream.events.consumer.DeadLetters", UnreachableDeadLetters)
    group_id = await topics.group_at_end()
    async with consuming(topics, pool, mint, group_id) as consumer:
        place = await topics.send(event_of(app_state()), None)
        before = await topics.committed(group_id, place)
        await eventually(lambda: UnreachableDeadLetters.tries > 3)
        assert await topics.committed(group_id, place) == before == place.offset
        await eventually(lambda: not consumer.is_caught_up() or True)
    assert await topics.dead_letters("app.modified", group_id) == []
    UnreachableDeadLetters.allowed = True
    async with consuming(topics, pool, mint, group_id):
        await the_dead_letter(topics, group_id)

        async def is_committed() -> bool:
            return await topics.committed(group_id, place) == place.offset + 1

        await eventually(is_committed)


async def test_a_consumer_is_ready_once_it_has_its_partitions_and_nothing_is_left(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id = await topics.group_at_end()
    held = asyncio.Event()

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        await held.wait()
        await project_app(connection, event, envelope)

    behind: list[int] = []
    settings = ConsumerSettings(lag_every=0.1, lag_limit=0, stop_limit=0.2)
    observer = ConsumerObserver(lag=lambda topic, partition, events: behind.append(events) if events else None)
    options = {"settings": settings, "observer": observer}
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, **options) as consumer:
        await eventually(consumer.is_ready)
        await topics.send(event_of(app_state()), mint.token())
        await eventually(lambda: not consumer.is_caught_up(), what="being behind")
        await eventually(lambda: behind[3:] == [1] * len(behind[3:]) and len(behind) > 3, what="staying behind")
        assert not consumer.is_caught_up()
        assert consumer.is_alive()
        assert consumer.is_assigned()
        held.set()
        await eventually(consumer.is_ready)
    assert not consumer.is_alive()


async def test_an_effect_happens_once_however_often_its_event_comes(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id = await topics.group_at_end()
    await pool.execute("create table effect (app_id text)")

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        if await first_time(connection, envelope.claims, envelope):
            await connection.execute("insert into effect values ($1)", event.app_id)
        await project_app(connection, event, envelope)

    event = event_of(app_state())
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}):
        for _ in range(3):
            await topics.send(event, mint.token())
        await marker(topics, pool, mint, event.key)
    assert await pool.fetchval("select count(*) from effect where app_id = $1", event.key) == 2


async def test_two_members_of_a_group_share_the_partitions_and_lose_nothing_when_one_leaves(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id = await topics.group_at_end()
    states = [app_state() for _ in range(60)]

    async def count() -> int:
        return int(await pool.fetchval("select count(*) from app"))

    async with consuming(topics, pool, mint, group_id) as first:
        async with consuming(topics, pool, mint, group_id) as second:
            await eventually(lambda: first.is_assigned() and second.is_assigned())
            for state in states[:30]:
                await topics.send(event_of(state), mint.token())
        for state in states[30:]:
            await topics.send(event_of(state), mint.token())

        async def all_there() -> bool:
            return await count() == len(states)

        await eventually(all_there)
    assert await topics.dead_letters("app.modified", group_id) == []


async def test_a_member_that_was_held_up_too_long_for_its_group_comes_back(
    topics: Topics, pool: asyncpg.Pool, mint: Mint
) -> None:
    group_id = await topics.group_at_end()
    down = True

    async def handler(connection: Any, event: Any, envelope: Any) -> None:
        if down:
            raise PassingFault("down")
        await project_app(connection, event, envelope)

    state = app_state()
    settings = replace(FAST, max_poll_interval=1.0)
    async with consuming(topics, pool, mint, group_id, {"app.modified": handler}, settings=settings) as consumer:
        await eventually(consumer.is_ready)
        await topics.send(event_of(state), mint.token())
        await eventually(lambda: not consumer.is_caught_up(), what="being held up")
        async with consuming(topics, pool, mint, group_id, {"app.modified": handler}) as other:
            await eventually(other.is_assigned)
            down = False
            await until_version(pool, state.app_id, 1)
        await marker(topics, pool, mint, state.app_id)
        await eventually(consumer.is_ready)
    assert await topics.dead_letters("app.modified", group_id) == []
