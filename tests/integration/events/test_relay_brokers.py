"""Brokers die, stand still, lose their disks and their leadership: events come late, in order, and none is lost."""

import asyncio
import resource
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Any

import asyncpg
import pytest

from grantstream.contracts.events.registration import AppRegistered
from grantstream.events.producing.own_token import TokenValidity
from grantstream.events.relaying.relay import Relay
from grantstream.events.relaying.relay_settings import RelayObserver, RelaySettings
from grantstream.kafka.topic_admin import apply_topics
from grantstream.testing import FixedCredentials, Mint
from tests.deeds.topic_operator import Operator
from tests.integration.events.relaying import (
    history,
    is_in_order,
    patiently,
    put,
    relaying,
    until_relayed,
    versions_of,
    waiting,
)
from tests.integration.events.support import Topics, app_state
from tests.servers.kafka_cluster import EmbeddedKafkaCluster

QUICK = RelaySettings(window=50, send_deadline=3.0, unhealthy_after=1.0, longest_pause=1.0)
APPS = 5
VERSIONS = 60


@pytest.fixture(scope="module")
def starting() -> Iterator[Executor]:
    """The thread that starts brokers: they are tied to its life."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        yield executor


@pytest.fixture(scope="module")
def one_broker(starting: Executor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafkaCluster]:
    kafka = EmbeddedKafkaCluster(tmp_path_factory.mktemp("one"), brokers=1)
    yield kafka
    kafka.stop()


@pytest.fixture(scope="module")
def three_brokers(starting: Executor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafkaCluster]:
    kafka = EmbeddedKafkaCluster(tmp_path_factory.mktemp("three"))
    yield kafka
    kafka.stop()


@pytest.fixture
def broker(starting: Executor, one_broker: EmbeddedKafkaCluster) -> EmbeddedKafkaCluster:
    """One broker, which runs, and which a test may kill or stop."""
    starting.submit(one_broker.start).result()
    return one_broker


@pytest.fixture
def cluster(starting: Executor, three_brokers: EmbeddedKafkaCluster) -> EmbeddedKafkaCluster:
    """Three of them."""
    starting.submit(three_brokers.start).result()
    return three_brokers


async def start_again(starting: Executor, kafka: EmbeddedKafkaCluster, broker: int) -> None:
    await asyncio.get_running_loop().run_in_executor(starting, kafka.start, broker)


async def topics_of(kafka: EmbeddedKafkaCluster, replication: int = 1) -> Topics:
    await apply_topics(kafka.bootstrap_servers, replication=replication)
    return Topics(kafka.bootstrap_servers)


async def write_slowly(pool: asyncpg.Pool, app_ids: list[str], first: int = 1, last: int = VERSIONS) -> None:
    """Five changes at a time, so that something is always on its way while a broker dies."""
    for version in range(first, last + 1):
        await put(pool, *(app_state(app_id, version) for app_id in app_ids))
        await asyncio.sleep(0.02)


async def all_in_order(topics: Topics, app_ids: list[str]) -> None:
    for app_id in app_ids:
        versions = await versions_of(topics, app_id)
        assert is_in_order(versions, VERSIONS), versions


async def test_a_broker_restart_loses_no_event(
    starting: Executor, broker: EmbeddedKafkaCluster, pool: asyncpg.Pool, dsn: str, mint: Mint
) -> None:
    topics = await topics_of(broker)
    app_ids, sent = [app_state().app_id for _ in range(APPS)], list[int]()
    observer = RelayObserver(sent=sent.append)
    token = FixedCredentials.of(mint.token())
    async with relaying(Relay(dsn, broker.bootstrap_servers, token, QUICK, observer)) as relay:
        writing = asyncio.create_task(write_slowly(pool, app_ids, last=VERSIONS // 2))
        await patiently(lambda: sent, what="the first window sent")
        await asyncio.to_thread(broker.kill, 1)
        await writing
        await write_slowly(pool, app_ids, first=VERSIONS // 2 + 1)
        await patiently(lambda: not relay.status().is_healthy, what="an unhealthy relay")
        assert await waiting(pool) > 0
        await start_again(starting, broker, 1)
        await until_relayed(pool)
        await patiently(lambda: relay.status().is_healthy)
    await all_in_order(topics, app_ids)


async def test_a_broker_without_space_is_waited_for(
    starting: Executor, broker: EmbeddedKafkaCluster, pool: asyncpg.Pool, dsn: str, mint: Mint
) -> None:
    """Every file of the broker may grow to 2 MiB: it can't write its log any further, and ends."""
    topics = await topics_of(broker)
    first, *others = history(app_state().app_id, VERSIONS, description="x" * 100_000)
    async with relaying(Relay(dsn, broker.bootstrap_servers, FixedCredentials.of(mint.token()), QUICK)) as relay:
        await put(pool, first)
        await until_relayed(pool)
        resource.prlimit(broker.pid(1), resource.RLIMIT_FSIZE, (2 << 20, resource.RLIM_INFINITY))
        await put(pool, *others)
        await patiently(lambda: not broker.is_running(1), what="a broker that gave up")
        await patiently(lambda: not relay.status().is_healthy, what="an unhealthy relay")
        assert await waiting(pool) > 0
        await start_again(starting, broker, 1)
        await until_relayed(pool)
    await all_in_order(topics, [first.app_id])


async def test_an_event_with_an_expired_token_is_signed_again(
    broker: EmbeddedKafkaCluster, pool: asyncpg.Pool, dsn: str, mint: Mint
) -> None:
    """The broker stands still with the record in its hands, and appends it when it goes on."""
    topics = await topics_of(broker)
    first, second = app_state(), app_state()
    short, failures = mint.token(expires_at=int(time.time()) + 3600), list[str]()
    tokens = FixedCredentials.of(short)
    settings = RelaySettings(send_deadline=60.0)
    observer = RelayObserver(failed=failures.append)
    async with relaying(Relay(dsn, broker.bootstrap_servers, tokens, settings, observer)):
        await put(pool, first)
        await until_relayed(pool)
        tokens.tokens = [mint.token(expires_at=int(time.time()) + 2), mint.token()]
        tokens.asked = 0
        broker.pause(1)
        await put(pool, second)
        await patiently(lambda: tokens.asked == 1, what="a window with the short token")
        await patiently(lambda: not TokenValidity.of(tokens.tokens[0]).covers(time.time()), what="its end")
        broker.resume(1)
        await until_relayed(pool)
    early, late = await topics.records("app.modified", lambda record: record.key == second.app_id.encode())
    assert failures == ["token_validity"]
    assert _header(early, "ce_id") == _header(late, "ce_id")
    assert not TokenValidity.of(_token(early)).covers(early.timestamp / 1000)
    assert TokenValidity.of(_token(late)).covers(late.timestamp / 1000)


def _header(record: Any, name: str) -> bytes:
    return bytes(dict(record.headers)[name])


def _token(record: Any) -> str:
    return _header(record, "authorization").decode().removeprefix("Bearer ")


async def test_successive_leader_failures_lose_no_event(
    starting: Executor, cluster: EmbeddedKafkaCluster, pool: asyncpg.Pool, dsn: str, mint: Mint
) -> None:
    app_ids, sent = [app_state().app_id for _ in range(APPS)], list[int]()
    observer = RelayObserver(sent=sent.append)
    token = FixedCredentials.of(mint.token())
    topics = await topics_of(cluster, replication=3)
    async with relaying(Relay(dsn, cluster.bootstrap_servers, token, QUICK, observer)):
        writing = asyncio.create_task(write_slowly(pool, app_ids, last=VERSIONS // 2))
        await patiently(lambda: sent, what="the first window sent")
        for partition in (0, 1):
            leader = await asyncio.to_thread(cluster.leader_of, "app.modified", partition)
            assert leader is not None
            await asyncio.to_thread(cluster.kill, leader)
            await writing
            first = VERSIONS // 2 + 1 + 15 * partition
            await write_slowly(pool, app_ids, first, first + 14)
            await start_again(starting, cluster, leader)
        await until_relayed(pool)
    await all_in_order(topics, app_ids)


async def test_an_under_replicated_topic_blocks_no_other_topic(
    starting: Executor, cluster: EmbeddedKafkaCluster, pool: asyncpg.Pool, dsn: str, mint: Mint
) -> None:
    stuck, others = app_state(), [app_state(kind=AppRegistered) for _ in range(5)]
    topics = await topics_of(cluster, replication=3)
    await Operator(cluster.bootstrap_servers).set_config("app.modified", {"min.insync.replicas": "3"})
    await asyncio.to_thread(cluster.stop, 3)
    token = FixedCredentials.of(mint.token())
    async with relaying(Relay(dsn, cluster.bootstrap_servers, token, QUICK)) as relay:
        await put(pool, stuck)
        # It is the topic and not the broker, as far as others show.
        while "app.modified acknowledges nothing while other topics do" not in relay.status().detail:
            await put(pool, app_state(kind=AppRegistered))
            await asyncio.sleep(0.1)
        await patiently(partial(_are_left, pool, 1), what="all others gone")
        began = time.monotonic()
        for other in others:
            await put(pool, other)
            await patiently(partial(_are_left, pool, 1), what="another one gone")
        assert time.monotonic() - began < len(others) * QUICK.send_deadline, "no window waited for its deadline"
        await patiently(lambda: not relay.status().is_healthy, what="an unhealthy relay")
        await start_again(starting, cluster, 3)
        await until_relayed(pool)
        await patiently(lambda: relay.status().is_healthy)
    await Operator(cluster.bootstrap_servers).put_right("app.modified")
    assert set(await versions_of(topics, stuck.app_id)) == {1}


async def _are_left(pool: asyncpg.Pool, events: int) -> bool:
    return await waiting(pool) == events
