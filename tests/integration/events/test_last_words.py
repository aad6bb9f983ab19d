"""The last record of a key on a state topic is its owner's newest state, whatever was appended after it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from grantstream.contracts.events.registration import AppDeleted, AppModified, AppRegistered, SecretRotated
from grantstream.contracts.topics import APP_DELETED, APP_MODIFIED, APP_REGISTERED, SECRET_ROTATED
from grantstream.events.producing.outbox import append_all
from grantstream.events.relaying.last_word_settings import LastWordObserver, LastWordSettings
from grantstream.events.relaying.last_words import LastWords
from grantstream.events.relaying.owned_states import OwnedStates
from grantstream.events.relaying.relay import Relay
from grantstream.testing import FixedCredentials, Mint, signed_record
from tests.integration.events.relaying import patiently
from tests.integration.events.support import SOURCE, Topics, app_state, event_of

OWNED_TOPICS = (APP_REGISTERED, APP_MODIFIED, APP_DELETED, SECRET_ROTATED)
QUICK = LastWordSettings(settle=0.2, recheck=0.1)
OWNERS_TABLE = "create table owned (app_id text primary key, version bigint not null, deleted boolean not null)"


class Owner:
    """A service that owns applications: one row each, and an outbox."""

    def __init__(self, pool: asyncpg.Pool, topics: Topics, mint: Mint) -> None:
        self.pool, self.topics, self.mint = pool, topics, mint
        self.outcomes: list[str] = []
        self.keys_on_their_way: list[Any] = []

    async def set(self, app_id: str, version: int, *, deleted: bool = False) -> None:
        await self.pool.execute(
            "insert into owned values ($1, $2, $3) on conflict (app_id) do update set version = $2, deleted = $3",
            app_id, version, deleted,
        )  # fmt: skip

    async def find(self, connection: Any, key: str) -> AppModified | None:
        row = await connection.fetchrow("select * from owned where app_id = $1 for update", key)
        return None if row is None else app_state(key, row["version"], deleted=row["deleted"])

    async def tell(self, *states: Any) -> None:
        """Through the outbox, as the owner does, in this order."""
        await append_all(self.pool, [event_of(state) for state in states])
        await patiently(self._is_told, what="an empty outbox")

    async def _is_told(self) -> bool:
        return not await self.pool.fetchval("select exists (select from outbox)")

    async def append(self, *records: Any) -> None:
        """Past the outbox, as anybody with a connection to the broker can."""
        producer = AIOKafkaProducer(bootstrap_servers=self.topics.bootstrap_servers, acks="all")
        await producer.start()
        try:
            for record in records:
                await producer.send_and_wait(
                    record.topic, record.value, key=record.key, headers=list(record.headers or ())
                )
        finally:
            await producer.stop()

    def record(self, state: Any) -> Any:
        return signed_record(self.mint.token(), state)

    async def written(self, topic: str, app_id: str) -> list[Any]:
        return await self.topics.records(topic, lambda record: record.key == app_id.encode())

    async def last_version(self, topic: str, app_id: str) -> int:
        records = await self.written(topic, app_id)
        return AppModified.model_validate_json(records[-1].value).version if records[-1].value else 0

    def keeper(self, is_active: Callable[[], bool] = lambda: True) -> LastWords:
        keys = self.mint.keys()

        async def catch_up_with_keys(_limit: float) -> None:
            for jwk in self.keys_on_their_way:
                keys.add(jwk)

        return LastWords(
            self.topics.bootstrap_servers,
            self.mint.guard(keys=keys),
            catch_up_with_keys,
            self.pool,
            [OwnedStates(topics=OWNED_TOPICS, find=self.find)],
            source=SOURCE,
            is_active=is_active,
            settings=QUICK,
            observer=self._observer(),
        )

    def _observer(self) -> LastWordObserver:
        return LastWordObserver(outcome=lambda _topic, outcome: self.outcomes.append(outcome))


@pytest.fixture
async def owner(pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint) -> AsyncIterator[Owner]:
    await pool.execute(OWNERS_TABLE)
    async with running(Relay(dsn, topics.bootstrap_servers, FixedCredentials.of(mint.token()))):
        yield Owner(pool, topics, mint)


@asynccontextmanager
async def running(job: Any) -> AsyncIterator[Any]:
    task = asyncio.create_task(job.run())
    try:
        yield job
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def keeping(owner: Owner) -> AsyncIterator[LastWords]:
    async with running(owner.keeper()) as keeper:
        await patiently(keeper.has_read_all, what="everything read")
        yield keeper


async def until_repaired(owner: Owner, topic: str, app_id: str, version: int, records: int) -> None:
    async def is_so() -> bool:
        return len(await owner.written(topic, app_id)) == records and await owner.last_version(topic, app_id) == version

    await patiently(is_so, what=f"version {version} as the last of {records} records")


async def settled(owner: Owner) -> None:
    """Whatever was written so far has been looked into: a record that comes after it has."""
    probe = app_state()
    await owner.set(probe.app_id, 2)
    await owner.append(owner.record(app_state(probe.app_id, 2)), owner.record(app_state(probe.app_id, 1)))
    await until_repaired(owner, APP_MODIFIED.name, probe.app_id, 2, records=3)


async def test_a_late_old_state_is_followed_by_the_newest(owner: Owner) -> None:
    app_id = app_state().app_id
    await owner.set(app_id, 3)
    await owner.tell(*(app_state(app_id, version) for version in (1, 2, 3)))
    async with keeping(owner):
        await owner.append(owner.record(app_state(app_id, 2)))
        await until_repaired(owner, APP_MODIFIED.name, app_id, 3, records=5)
        await settled(owner)
    assert len(await owner.written(APP_MODIFIED.name, app_id)) == 5


async def test_records_appended_while_unwatched_are_repaired(owner: Owner) -> None:
    app_id = app_state().app_id
    await owner.set(app_id, 2)
    await owner.tell(app_state(app_id, 1), app_state(app_id, 2))
    await owner.append(owner.record(app_state(app_id, 1)))
    async with keeping(owner):
        await until_repaired(owner, APP_MODIFIED.name, app_id, 2, records=4)


async def test_a_forged_record_is_followed_by_the_newest_state(owner: Owner) -> None:
    app_id = app_state().app_id
    await owner.set(app_id, 1)
    await owner.tell(app_state(app_id, 1))
    async with keeping(owner):
        await owner.append(signed_record(Mint().token(), app_state(app_id, 9)))
        await until_repaired(owner, APP_MODIFIED.name, app_id, 1, records=3)


async def test_a_tombstone_is_followed_by_the_newest_state(owner: Owner) -> None:
    app_id = app_state().app_id
    await owner.set(app_id, 1)
    await owner.tell(app_state(app_id, 1))
    async with keeping(owner):
        tombstone = signed_record(owner.mint.token(), app_state(app_id, 1))
        await owner.append(type(tombstone)(tombstone.topic, tombstone.key, None, ()))
        await until_repaired(owner, APP_MODIFIED.name, app_id, 1, records=3)


async def test_a_conflicting_version_is_followed_by_the_owners(owner: Owner) -> None:
    app_id = app_state().app_id
    await owner.set(app_id, 2)
    await owner.tell(app_state(app_id, 2))
    async with keeping(owner):
        await owner.append(owner.record(app_state(app_id, 2, name="another")))
        await until_repaired(owner, APP_MODIFIED.name, app_id, 2, records=3)
    last = (await owner.written(APP_MODIFIED.name, app_id))[-1]
    assert AppModified.model_validate_json(last.value).name == "name 2"


async def test_nothing_is_written_when_all_is_well(owner: Owner) -> None:
    app_id, gone = app_state().app_id, app_state().app_id
    await owner.set(app_id, 4)
    await owner.set(gone, 2, deleted=True)
    async with keeping(owner):
        await owner.tell(
            app_state(app_id, 1, AppRegistered),
            app_state(app_id, 3, SecretRotated),
            app_state(app_id, 2),
            app_state(app_id, 2),
            app_state(app_id, 4),
            app_state(gone, 1, AppRegistered),
            app_state(gone, 2, AppDeleted, deleted=True),
        )
        await settled(owner)
    async with keeping(owner):
        await settled(owner)
    assert len(await owner.written(APP_MODIFIED.name, app_id)) == 3
    assert len(await owner.written(APP_REGISTERED.name, app_id)) == 1
    assert len(await owner.written(SECRET_ROTATED.name, app_id)) == 1
    assert len(await owner.written(APP_DELETED.name, gone)) == 1


async def test_a_repair_says_the_newest_state_of_all_topics(owner: Owner) -> None:
    app_id = app_state().app_id
    await owner.set(app_id, 3)
    await owner.tell(app_state(app_id, 1), app_state(app_id, 2), app_state(app_id, 3, SecretRotated))
    async with keeping(owner):
        await owner.append(owner.record(app_state(app_id, 1)))
        await until_repaired(owner, APP_MODIFIED.name, app_id, 3, records=4)
        await settled(owner)
    assert len(await owner.written(SECRET_ROTATED.name, app_id)) == 1


async def test_a_topic_that_cannot_carry_the_state_is_left_alone(owner: Owner) -> None:
    """Nobody says on `app.deleted` that an application is there; nor where it never was a topic's last word."""
    app_id = app_state().app_id
    await owner.set(app_id, 1)
    await owner.tell(app_state(app_id, 1))
    forged = Mint()
    async with keeping(owner):
        await owner.append(
            signed_record(forged.token(), app_state(app_id, 2, AppDeleted, deleted=True)),
            signed_record(forged.token(), app_state(app_id, 2, SecretRotated)),
        )
        await settled(owner)
    assert owner.outcomes.count("elsewhere") >= 2
    assert len(await owner.written(APP_DELETED.name, app_id)) == 1
    assert len(await owner.written(SECRET_ROTATED.name, app_id)) == 1


async def test_an_invented_application_is_counted_not_created(owner: Owner) -> None:
    invented = app_state()
    async with keeping(owner):
        await owner.append(signed_record(Mint().token(), invented))
        await owner.append(type(owner.record(invented))(APP_MODIFIED.name, b"no\x00text \xff", b"{}", ()))
        await settled(owner)
    assert owner.outcomes.count("unknown") >= 2
    assert len(await owner.written(APP_MODIFIED.name, invented.app_id)) == 1


async def test_a_repair_that_is_refused_makes_no_loop(owner: Owner) -> None:
    app_id = app_state().app_id
    await owner.set(app_id, 1)
    await owner.append(signed_record(Mint().token(), app_state(app_id, 1)))
    # Whatever this one appends is refused, since its guard believes another mint.
    stranger = Owner(owner.pool, owner.topics, Mint())
    async with keeping(stranger):
        await until_repaired(owner, APP_MODIFIED.name, app_id, 1, records=2)
        await owner.append(owner.record(app_state(app_id, 1)))
        other = app_state().app_id
        await owner.set(other, 1)
        await owner.append(owner.record(app_state(other, 1)))
        await until_repaired(owner, APP_MODIFIED.name, other, 1, records=2)
    assert len(await owner.written(APP_MODIFIED.name, app_id)) == 3


async def test_only_the_active_one_keeps_them(owner: Owner) -> None:
    app_id, active = app_state().app_id, False
    await owner.set(app_id, 2)
    await owner.append(owner.record(app_state(app_id, 2)), owner.record(app_state(app_id, 1)))
    async with running(owner.keeper(is_active=lambda: active)) as spare:
        async with keeping(owner):
            await until_repaired(owner, APP_MODIFIED.name, app_id, 2, records=3)
        assert not spare.has_read_all()
        await owner.append(owner.record(app_state(app_id, 1)))
        active = True
        await until_repaired(owner, APP_MODIFIED.name, app_id, 2, records=5)
        assert spare.has_read_all()


async def test_one_that_cannot_be_said_again_stops_nobody(owner: Owner) -> None:
    broken, app_id = app_state().app_id, app_state().app_id
    await owner.set(broken, 2)
    await owner.set(app_id, 2)
    for each in (broken, app_id):
        await owner.append(owner.record(app_state(each, 2)), owner.record(app_state(each, 1)))
    find = owner.find

    async def failing(connection: Any, key: str) -> AppModified | None:
        if key == broken:
            raise ValueError(key)
        return await find(connection, key)

    owner.find = failing  # type: ignore[method-assign]
    async with keeping(owner):
        await until_repaired(owner, APP_MODIFIED.name, app_id, 2, records=3)
        await settled(owner)
    assert owner.outcomes.count("failed") == 1
    assert len(await owner.written(APP_MODIFIED.name, broken)) == 2


async def test_a_record_whose_key_is_on_its_way_is_waited_for(owner: Owner) -> None:
    app_id, other_mint = app_state().app_id, Mint()
    owner.keys_on_their_way = [other_mint.jwk]
    await owner.set(app_id, 2)
    async with keeping(owner):
        await owner.tell(app_state(app_id, 1))
        await owner.append(signed_record(other_mint.token(), app_state(app_id, 2)))
        await settled(owner)
    assert await owner.last_version(APP_MODIFIED.name, app_id) == 2
    assert len(await owner.written(APP_MODIFIED.name, app_id)) == 2


async def test_what_already_waits_for_the_relay_is_not_said_twice(
    pool: asyncpg.Pool, topics: Topics, mint: Mint
) -> None:
    await pool.execute(OWNERS_TABLE)
    owner, waiting, other = Owner(pool, topics, mint), app_state(), app_state()
    for app_id in (waiting.app_id, other.app_id):
        await owner.set(app_id, 2)
        await owner.append(owner.record(app_state(app_id, 2)), owner.record(app_state(app_id, 1)))
    await append_all(pool, [event_of(app_state(waiting.app_id, 2))])

    async def in_outbox(app_id: str) -> int:
        return int(await pool.fetchval("select count(*) from outbox where key = $1", app_id))

    async with keeping(owner):
        await patiently(lambda: in_outbox(other.app_id), what="the other one said again")
        await patiently(lambda: "repaired" in owner.outcomes)
    assert await in_outbox(waiting.app_id) == 1
    assert await in_outbox(other.app_id) == 1
