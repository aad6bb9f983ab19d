"""A broker compresses topics by itself, as some managed ones do: every reader of ours reads them, by every codec."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBase, _DefaultRecordBatchBuilderPy

from deploy.local.server_access import run_in_thread
from grantstream.cli.records import Span, read_records
from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.events.token import KeyPublished
from grantstream.contracts.topics import FENCE, KEY_PUBLISHED
from grantstream.fence import FenceSettings, Identity
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.testing import FixedCredentials, Mint, eventually, signed_record
from grantstream.testing.mint import ISSUER
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator
from tests.integration.events.consuming import consuming, marker, until_version
from tests.integration.events.owner import owning
from tests.integration.events.rebuilding import append_all, rebuilt
from tests.integration.events.support import APP_HANDLERS, Topics, app_state, envelope_headers, event_of

CODECS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
COMPRESSED = (*APP_HANDLERS, "app.modified.dead", FENCE.name, KEY_PUBLISHED.name)
QUICK = FenceSettings(max_staleness=4.0, heartbeat=0.2, reconnect_after=1.0, answer_limit=20.0)


class NotUtf8(str):
    """A header's name as another client might send it."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return b"\xff\xfe"


@pytest.fixture(scope="module", params=CODECS)
def codec(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def all_topics(own_kafka: OwnBroker, codec: str) -> str:
    """A broker that compresses by one codec after the other."""
    operator = Operator(own_kafka.bootstrap_servers)

    async def compress() -> None:
        for topic in COMPRESSED:
            await operator.set_config(topic, {"compression.type": codec})

    run_in_thread(compress())
    return own_kafka.bootstrap_servers


@pytest.fixture
def last_codec(own_kafka: OwnBroker) -> Any:
    """`last_codec(place)`: by what the newest batch of a partition is compressed, from the broker's own files."""

    def read(topic: str, partition: int) -> str:
        [newest] = sorted(own_kafka.data.glob(f"{topic}-{partition}/*.log"))[-1:]
        log, at, attributes = newest.read_bytes(), 0, 0
        while at < len(log):
            attributes = log[at + DefaultRecordBase.ATTRIBUTES_OFFSET + 1]
            at += DefaultRecordBase.AFTER_LEN_OFFSET + int.from_bytes(log[at + 8 : at + 12])
        return next((name for name, number in CODECS.items() if number == attributes & 7), "none")

    return read


async def test_a_group_applies_events_and_dead_letters_forgeries(
    pool: asyncpg.Pool, topics: Topics, mint: Mint, codec: str, last_codec: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_id, app_id = await topics.group_at_end(), app_state().app_id
    named, forged = event_of(app_state(app_id, 2, description="x" * 500)), event_of(app_state(app_id, 3))
    bad_header = (NotUtf8("name"), b"")
    async with consuming(topics, pool, mint, group_id):
        place = await topics.send(event_of(app_state(app_id, 1, description="x" * 500)), mint.token())
        assert last_codec(place.topic, place.partition) == codec
        await until_version(pool, app_id, 1)
        with monkeypatch.context() as patched:
            for module in ("producer", "message_accumulator"):
                patched.setattr(f"aiokafka.producer.{module}.DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)
            await topics.send(named, mint.token(), headers=[*envelope_headers(named), bad_header])
            await topics.send(forged, None, headers=[*envelope_headers(forged), bad_header])
        await until_version(pool, app_id, 2)
        await marker(topics, pool, mint, app_id)
    [letter] = await topics.dead_letters("app.modified", group_id)
    assert letter.value == forged.data
    assert last_codec(letter.topic, letter.partition) == codec


async def test_a_rebuild_and_the_cli_read_compressed_topics(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    states = [app_state(version=1) for _ in range(300)]
    states += [app_state(state.app_id, 2) for state in states]
    await append_all(topics.bootstrap_servers, mint, states)
    report = await rebuilt(topics.bootstrap_servers, dsn, mint)
    assert report.rows >= 300
    assert await pool.fetchval("select count(*) from app where version = 2") >= 300
    mine = {state.app_id.encode() for state in states}
    shown = [
        record
        async for record in read_records(topics.bootstrap_servers, ["app.modified"], Span())
        if record.key in mine
    ]
    assert len(shown) == len(states)


@asynccontextmanager
async def guarded(bootstrap_servers: str, mint: Mint) -> AsyncIterator[GuardedProcess]:
    client_id = str(uuid.uuid4())
    process = GuardedProcess(
        Identity(client_id, str(uuid.uuid4()), "test", "other"),
        QUICK,
        issuer=ISSUER,
        bootstrap_servers=bootstrap_servers,
        keys=mint.keys(),
        token=FixedCredentials.of(mint.token(client_id=client_id)),
        count_refusal=lambda _: None,
    )
    async with asyncio.timeout(60):
        await process.start()
    try:
        yield process
    finally:
        await process.stop()


async def append(bootstrap_servers: str, mint: Mint, *events: Any) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all") as producer:
        for event in events:
            made = signed_record(mint.token(), event)
            await producer.send_and_wait(made.topic, made.value, key=made.key, headers=list(made.headers))


async def test_the_fence_and_the_keys_are_followed(topics: Topics, mint: Mint, codec: str, last_codec: Any) -> None:
    newer = Mint()
    key = KeyPublished(kid=newer.kid, jwk=newer.jwk, version=1, created_at=datetime(2026, 11, 22, tzinfo=UTC))
    change = PermissionChanged(subject=subjects.app(str(uuid.uuid4())), version=2)
    async with guarded(topics.bootstrap_servers, mint) as process:
        await append(topics.bootstrap_servers, mint, key, change)
        assert (await process.fence.wait_until_reached(change.subject, 2)).reached
        await eventually(lambda: process.keys.find(newer.kid) is not None, within=20)
        assert last_codec(FENCE.name, 0) == codec


async def test_the_owner_sweeps_its_topics(pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint) -> None:
    app_id = app_state().app_id
    async with owning(pool, dsn, topics, mint) as owner:
        await owner.set(app_id, 2)
        await owner.publish(app_state(app_id, 1), app_state(app_id, 2))
        await owner.append(owner.record(app_state(app_id, 1)))
        await owner.sweep()
        assert await owner.versions(app_id) == [1, 2, 1, 2]
