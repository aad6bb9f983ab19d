"""A reader that gets nothing of what is there says so, with place and reason, and goes on once the cause is gone.

The broker answers all the while, and the readers' tasks run. What a broker compresses by zstd can't be read while the
codec is taken away; what is damaged on its disk can't either.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka.record.default_records import DefaultRecordBase

from deploy.local.server_access import run_in_thread
from grantstream.cli.doctor.groups import examine_groups
from grantstream.cli.target import Target
from grantstream.contracts.topics import APP_MODIFIED, KEY_PUBLISHED
from grantstream.events import PassingFault
from grantstream.guard import key_follower
from grantstream.guard.key_follower import KeyFollower
from grantstream.testing import Mint
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator
from tests.integration.events.consuming import FAST, consuming, until_version
from tests.integration.events.owner import Owner
from tests.integration.events.relaying import patiently
from tests.integration.events.support import APP_HANDLERS, Topics, app_state, event_of, project_app

SOON = replace(FAST, stuck_after=1.0)


@pytest.fixture(scope="module")
def all_topics(own_kafka: OwnBroker) -> str:
    """A broker that compresses what is read here."""
    for topic in (APP_MODIFIED, KEY_PUBLISHED):
        run_in_thread(Operator(own_kafka.bootstrap_servers).set_config(topic.name, {"compression.type": "zstd"}))
    return own_kafka.bootstrap_servers


@contextmanager
def no_codecs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As with an installation that lacks them."""
    with monkeypatch.context() as patched:
        patched.setattr("aiokafka.codec.cramjam", None)
        yield


def large(app_id: str, version: int) -> Any:
    """Something that is smaller when it is compressed."""
    return event_of(app_state(app_id, version, description="x" * 500))


async def test_a_group_is_not_ready_while_its_codec_is_missing(
    pool: asyncpg.Pool, topics: Topics, mint: Mint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    group_id, app_id = await topics.group_at_end(), app_state().app_id
    async with consuming(topics, pool, mint, group_id, settings=SOON) as consumer:
        await patiently(consumer.is_ready)
        with no_codecs(monkeypatch):
            place = await topics.send(large(app_id, 1), mint.token())
            await patiently(lambda: not consumer.is_ready() and "UnsupportedCodecError" in consumer.trouble())
            stuck = f"app.modified partition {place.partition} stands still at {place.offset} for "
            assert consumer.trouble().startswith(stuck)
            assert consumer.trouble().endswith("s, 1 before it (UnsupportedCodecError)")
            assert consumer.is_alive()
            assert consumer.is_caught_up()
        # FastStream waits 15 s before it tries again.
        await until_version(pool, app_id, 1)
        await patiently(consumer.is_ready)
    assert caplog.text.count("There is no suitable compression library available") == 1


async def test_a_corrupt_batch_is_reported_until_it_is_readable(
    pool: asyncpg.Pool, topics: Topics, mint: Mint, own_kafka: OwnBroker
) -> None:
    group_id, app_id = await topics.group_at_end(), app_state().app_id
    place = await topics.send(large(app_id, 1), mint.token())
    with damaged(own_kafka.data, place):
        async with consuming(topics, pool, mint, group_id, settings=SOON) as consumer:
            await patiently(lambda: "CorruptRecordException" in consumer.trouble())
            assert f"app.modified partition {place.partition} stands still at {place.offset}" in consumer.trouble()
    async with consuming(topics, pool, mint, group_id, settings=SOON) as consumer:
        await until_version(pool, app_id, 1)
        await patiently(consumer.is_ready)


@contextmanager
def damaged(folder: Path, place: Any) -> Iterator[None]:
    """The newest batch of a partition has a wrong byte at its end."""
    [newest] = sorted(folder.glob(f"{place.topic}-{place.partition}/*.log"))[-1:]
    right = newest.read_bytes()
    at, batch = 0, 0
    while at < len(right):
        batch, at = at, at + DefaultRecordBase.AFTER_LEN_OFFSET + int.from_bytes(right[at + 8 : at + 12])
    last = at - 1
    assert batch < last < len(right)
    try:
        _overwrite(newest, last, bytes([right[last] ^ 0xFF]))
        yield
    finally:
        _overwrite(newest, last, right[last : last + 1])


def _overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


async def test_a_batch_waiting_for_the_database_is_reported_stuck(
    pool: asyncpg.Pool, topics: Topics, mint: Mint
) -> None:
    group_id, app_id, is_broken = await topics.group_at_end(), app_state().app_id, asyncio.Event()
    is_broken.set()

    async def handler(connection: Any, state: Any, envelope: Any) -> Any:
        if is_broken.is_set() and state.app_id == app_id:
            raise PassingFault("the database is away")
        return await project_app(connection, state, envelope)

    handlers = dict.fromkeys(APP_HANDLERS, handler)
    async with consuming(topics, pool, mint, group_id, handlers, settings=SOON) as consumer:
        place = await topics.send(large(app_id, 1), mint.token())
        named = f"app.modified partition {place.partition} stands still at {place.offset}"
        await patiently(lambda: named in consumer.trouble() and consumer.trouble().endswith("(PassingFault)"))
        is_broken.clear()
        await until_version(pool, app_id, 1)
        await patiently(consumer.is_ready)


async def test_a_key_follower_reports_trouble_until_it_can_read(
    topics: Topics, mint: Mint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(key_follower, "_STUCK_AFTER", 1.0)
    monkeypatch.setattr(key_follower, "_ASK_EVERY", 0.2)
    monkeypatch.setattr(key_follower, "_CATCH_UP_SECONDS", 1.0)
    follower = KeyFollower(topics.bootstrap_servers, mint.guard(), mint.keys())
    async with running(follower.run):
        await follower.until_caught_up()
        with no_codecs(monkeypatch):
            await append_compressible(topics, KEY_PUBLISHED.name)
            await patiently(lambda: "UnsupportedCodecError" in follower.trouble())
            assert follower.trouble().startswith("key.published could not be followed for ")
        await patiently(lambda: not follower.trouble())
    assert caplog.text.count("key.published can't be followed just now: UnsupportedCodecError") == 1


async def test_a_sweep_that_can_read_nothing_is_repeated(
    pool: asyncpg.Pool, topics: Topics, mint: Mint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    owner = Owner(pool, topics, mint)
    await owner.make_table()
    with no_codecs(monkeypatch):
        await topics.send(large(app_state().app_id, 1), mint.token())
        async with running(owner.sweeper().run):
            await patiently(lambda: "failed" in owner.outcomes)
            assert await pool.fetchval("select count(*) from owner_sweep") == 0
    async with running(owner.sweeper().run):
        await patiently(lambda: "swept apps: " in caplog.text)
    assert "the sweep of apps failed, and is tried again: UnsupportedCodecError" in caplog.text


async def test_the_doctor_names_a_group_that_made_no_progress(
    pool: asyncpg.Pool, topics: Topics, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await topics.send(large(app_state().app_id, 1), mint.token())
    target = Target(base="http://nowhere.example", kafka=topics.bootstrap_servers, token="http://nowhere.example")
    with no_codecs(monkeypatch):
        async with consuming(topics, pool, mint, "token", settings=SOON) as consumer:
            await patiently(lambda: "stands still" in consumer.trouble())
            [finding] = await examine_groups(target)
    assert finding.weight == "wrong"
    assert finding.sentence.startswith("The consumers of token are ")
    assert "app.modified" in finding.sentence
    assert finding.sentence.endswith("and do not move.")


@asynccontextmanager
async def running(job: Callable[[], Any]) -> AsyncIterator[None]:
    task = asyncio.create_task(job())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def append_compressible(topics: Topics, topic: str) -> None:
    """A record that nobody believes, and that the broker compresses."""
    event = event_of(app_state())
    await topics.send(event, None, topic=topic, value=b"x" * 1000, key=b"strange")
