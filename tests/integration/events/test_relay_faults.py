"""What one event, one topic or the token service can do to the relay: hold up what belongs together, and no more."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.void import VoidBelow
from grantstream.events.producing.outbox import MAX_EVENT_BYTES, append_all
from grantstream.events.relaying.relay import Relay
from grantstream.events.relaying.relay_settings import RelayObserver, RelaySettings
from grantstream.guard.kafka_record import judge_record
from grantstream.proof import Credential
from grantstream.testing import FixedCredentials, Mint
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
from tests.integration.events.support import Topics, app_state, event_of

QUICK = RelaySettings(blocked_pause=0.3, unhealthy_after=0.2, longest_pause=0.2)


async def make_topic(topics: Topics, name: str, **config: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=topics.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1, topic_configs=config)])
    await admin.close()


@pytest.fixture
def relay(dsn: str, topics: Topics, mint: Mint) -> Relay:
    return Relay(dsn, topics.bootstrap_servers, FixedCredentials.of(mint.token()), QUICK)


def left(pool: asyncpg.Pool, events: int) -> Callable[[], Awaitable[bool]]:
    async def are_left() -> bool:
        return await waiting(pool) == events

    return are_left


async def test_a_missing_topic_holds_back_only_that_aggregate(pool: asyncpg.Pool, topics: Topics, relay: Relay) -> None:
    stuck, free, missing = app_state(), app_state(), f"missing-{uuid.uuid4()}"
    change = PermissionChanged(subject=stuck.subject, version=1, void_below=VoidBelow())
    await put(pool, stuck, topic=missing)
    await append_all(pool, [event_of(change)])
    await put(pool, stuck, *history(free.app_id, 3))
    async with relaying(relay):
        await patiently(left(pool, 3), what="all but the stuck aggregate's events gone")
        await patiently(lambda: not relay.status().is_healthy, what="an unhealthy relay")
        assert relay.status().detail == f"active, 1 aggregates held back ({missing}: UnknownTopicOrPartitionError)"
        assert await versions_of(topics, free.app_id) == [1, 2, 3]
        assert await versions_of(topics, stuck.app_id) == []
        assert await topics.records("fence", lambda record: record.key == stuck.subject.encode()) == []
        await put(pool, app_state(free.app_id, 4))
        await patiently(left(pool, 3), what="what came later gone, too")
        await make_topic(topics, missing)
        await until_relayed(pool)
        await patiently(lambda: relay.status().is_healthy)
    assert await versions_of(topics, stuck.app_id, missing) == [1]
    assert await versions_of(topics, stuck.app_id) == [1]


async def test_an_oversized_record_waits_without_blocking_others(
    pool: asyncpg.Pool, topics: Topics, mint: Mint, dsn: str
) -> None:
    failures: list[str] = []
    relay = Relay(
        dsn, topics.bootstrap_servers, FixedCredentials.of(mint.token()), QUICK, RelayObserver(failed=failures.append)
    )
    narrow = f"narrow-{uuid.uuid4()}"
    await make_topic(topics, narrow, **{"max.message.bytes": "5000"})
    large, other = app_state(description="x" * 6000), app_state()
    await put(pool, large, topic=narrow)
    await put(pool, *history(other.app_id, 50))
    async with relaying(relay):
        await patiently(left(pool, 1), what="all but the large event gone")
        await put(pool, app_state(other.app_id, 51))
        await patiently(left(pool, 1), what="what came later gone, too")
        await patiently(lambda: not relay.status().is_healthy)
    assert failures.count("event") == 1
    assert is_in_order(await versions_of(topics, other.app_id), 51)
    assert await pool.fetchval("select topic from outbox") == narrow


async def test_records_too_large_only_together_are_relayed(pool: asyncpg.Pool, topics: Topics, relay: Relay) -> None:
    narrow = f"narrow-{uuid.uuid4()}"
    await make_topic(topics, narrow, **{"max.message.bytes": "5000"})
    states = [app_state() for _ in range(40)]
    await put(pool, *states, topic=narrow)
    async with relaying(relay):
        await until_relayed(pool)
    assert await versions_of(topics, states[-1].app_id, narrow) == [1]


async def test_an_event_refused_with_an_unknown_error_waits_alone(
    pool: asyncpg.Pool, topics: Topics, relay: Relay
) -> None:
    """Such as a record without a key, on a topic that somebody made a compacted one."""
    compacted, keyless, other = f"compacted-{uuid.uuid4()}", app_state(), app_state()
    await make_topic(topics, compacted, **{"cleanup.policy": "compact"})
    await put(pool, keyless, topic=compacted)
    await pool.execute("update outbox set key = null")
    await put(pool, other)
    async with relaying(relay):
        await patiently(left(pool, 1), what="the other event gone")
        await patiently(lambda: relay.status().detail == f"active, 1 aggregates held back ({compacted}: UnknownError)")


async def test_without_a_token_events_wait_and_health_reports_it(
    pool: asyncpg.Pool, topics: Topics, mint: Mint, dsn: str
) -> None:
    has_token = asyncio.Event()

    class TokenService:
        async def current(self) -> Credential:
            await has_token.wait()
            return mint.credential()

    backlogs: list[int] = []
    observer = RelayObserver(backlog=lambda size, _: backlogs.append(size))
    settings = RelaySettings(unhealthy_after=0.2, measure_every=0.05, silence_limit=2)
    app_id = app_state().app_id
    await put(pool, *history(app_id, 10))
    async with relaying(Relay(dsn, topics.bootstrap_servers, TokenService(), settings, observer)) as relay:
        await patiently(lambda: relay.status().detail == "active, failing: token")
        await patiently(lambda: not relay.status().is_healthy)
        # Longer than the database lets a silent relay be: it is not silent while it waits.
        told = len(backlogs)
        await patiently(lambda: len(backlogs) > told + 60)
        assert relay.status().detail == "active, failing: token"
        assert backlogs[-1] == await waiting(pool) == 10
        has_token.set()
        await until_relayed(pool)
        await patiently(lambda: relay.status().is_healthy)
    assert await versions_of(topics, app_id) == list(range(1, 11))


async def test_the_largest_event_fits_with_the_largest_token(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    """The limit of the outbox and the limit of the broker are both met, and consumers believe what comes."""
    app_id = app_state().app_id
    space = MAX_EVENT_BYTES - event_of(app_state(app_id)).size
    largest = app_state(app_id, description="x" * space)
    assert event_of(largest).size == MAX_EVENT_BYTES
    token = _largest_token(mint)
    await put(pool, *history(app_state().app_id, 200))
    await put(pool, largest)
    async with relaying(Relay(dsn, topics.bootstrap_servers, FixedCredentials.of(token))):
        await until_relayed(pool)
    [record] = await topics.records("app.modified", lambda record: record.key == app_id.encode())
    assert {"authorization", "event-proof", "event-proof-path"} <= {name for name, _ in record.headers}
    assert judge_record(mint.guard(), record).data == largest


def _largest_token(mint: Mint) -> str:
    """As large as the guard takes: 8 KiB."""
    subject, token = "", ""
    for size in range(6000, 4000, -1):
        subject = "x" * size
        token = mint.token(subject=subject)
        if len(token) <= 8192:
            break
    assert 8180 < len(token) <= 8192
    return token


async def test_a_spare_reports_the_backlog_of_a_stuck_relay(
    pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint
) -> None:
    class NoToken:
        async def current(self) -> Credential:
            await asyncio.Event().wait()
            raise AssertionError

    def with_limits(**limits: Any) -> RelaySettings:
        return RelaySettings(measure_every=0.05, **limits)

    active = Relay(dsn, topics.bootstrap_servers, NoToken())
    by_size = Relay(dsn, topics.bootstrap_servers, NoToken(), with_limits(backlog_limit=2))
    by_age = Relay(dsn, topics.bootstrap_servers, NoToken(), with_limits(backlog_age_limit=0.5))
    async with relaying(active):
        await patiently(lambda: active.status().role == "active")
        async with relaying(by_size), relaying(by_age):
            await patiently(lambda: by_size.status().role == by_age.status().role == "spare")
            assert by_size.status().is_healthy
            await put(pool, *history(app_state().app_id, 3))
            await patiently(lambda: by_size.status().detail == "spare, more than 2 events wait")
            await patiently(lambda: "the oldest event waits" in by_age.status().detail)
            assert not by_size.status().is_healthy
            assert not by_age.status().is_healthy
