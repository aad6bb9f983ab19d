"""From a commit in one service to its projection in another, at 200 changes/s: `python -m tests.bench.bench_changes`.

Target: p99 of 100 ms. Changes are written and relayed in this process, projected in one of its own, and this process
hears of each projected change by a NOTIFY, which PostgreSQL sends when the projection's transaction commits. Beside it
the same with a producer that sends right after each commit, and a `getmany` loop that believes everything.
"""

import asyncio
import multiprocessing
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from grantstream.contracts.events.registration import AppModified
from grantstream.events.consuming.consumer import GuardedConsumer
from grantstream.events.producing.outbox import OutboxNudge, append_change
from grantstream.events.relaying.relay import Relay
from grantstream.guard import Guard, KeySet
from grantstream.testing import FakeFence, FixedCredentials, Mint
from grantstream.testing.mint import ISSUER
from tests.bench.event_servers import Servers, servers
from tests.integration.events.support import NOW, PROJECTION, SOURCE, app_state, apply_migrations, project_app

PER_SECOND = 200
CHANGES = 3_000
ROUNDS = 3
TOPIC = "app.modified"
BARE_TOPIC = "app.reviewed"
"""Of the bare way's own, as nobody would believe what it sends."""
CHANNEL = "projected"


@dataclass(frozen=True)
class Follower:
    """What a process that projects is told."""

    place: Servers
    jwk: dict[str, Any]
    guarded: bool


def follow(told: Follower, ready: Event, stop: Event) -> None:
    """The process that projects."""
    asyncio.run(_follow_guarded(told, ready, stop) if told.guarded else _follow_bare(told, ready, stop))


async def _project(connection: Any, state: Any, envelope: Any = None) -> None:
    await project_app(connection, state, envelope)
    await connection.execute("select pg_notify($1, $2)", CHANNEL, state.app_id)


async def _follow_guarded(told: Follower, ready: Event, stop: Event) -> None:
    pool = await asyncpg.create_pool(told.place.dsn, min_size=2, max_size=4)
    guard = Guard(issuer=ISSUER, audience="", keys=KeySet.from_jwks({"keys": [told.jwk]}), fence=FakeFence())
    group = str(uuid.uuid4())
    consumer = GuardedConsumer(told.place.bootstrap_servers, group, guard, {TOPIC: _project}, pool)
    await consumer.start()
    while not consumer.is_ready():  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    ready.set()
    while not stop.is_set():  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    await consumer.stop()
    pool.terminate()


async def _follow_bare(told: Follower, ready: Event, stop: Event) -> None:
    connection = await asyncpg.connect(told.place.dsn)
    consumer = AIOKafkaConsumer(
        BARE_TOPIC, bootstrap_servers=told.place.bootstrap_servers, group_id=str(uuid.uuid4()),
        enable_auto_commit=False, auto_offset_reset="latest",
    )  # fmt: skip
    await consumer.start()
    await consumer.seek_to_end()
    for partition in consumer.assignment():
        await consumer.position(partition)
    ready.set()
    while not stop.is_set():
        batches = await consumer.getmany(timeout_ms=100, max_records=200)
        for batch in batches.values():
            async with connection.transaction():
                for record in batch:
                    await _project(connection, AppModified.model_validate_json(record.value))
        if batches:
            await consumer.commit()
    await consumer.stop()
    connection.terminate()


Change = Callable[[str], Awaitable[None]]
"""Writes and commits one change, and has it sent."""


@asynccontextmanager
async def relayed(place: Servers, pool: Any, mint: Mint) -> AsyncIterator[Change]:
    """Changes through the outbox and the relay, with their records on the fence, as services write them."""
    relay = asyncio.create_task(Relay(place.dsn, place.bootstrap_servers, FixedCredentials.of(mint.token())).run())
    nudge = OutboxNudge(pool)

    async def change(app_id: str) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await append_change(connection, app_state(app_id), source=SOURCE, now=NOW)
        await nudge()

    yield change
    await nudge.close()
    relay.cancel()
    with suppress(asyncio.CancelledError):
        await relay


@asynccontextmanager
async def sent(place: Servers, pool: Any) -> AsyncIterator[Change]:
    """Changes that are sent when they are committed, and lost if the process ends between."""
    producer = AIOKafkaProducer(bootstrap_servers=place.bootstrap_servers, enable_idempotence=True)
    await producer.start()

    async def change(app_id: str) -> None:
        state = app_state(app_id)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("insert into bare_change values ($1, $2)", app_id, state.to_bytes())
        await producer.send(BARE_TOPIC, state.to_bytes(), key=app_id.encode())

    yield change
    await producer.stop()


async def times_of(place: Servers, pool: Any, mint: Mint, *, guarded: bool) -> list[float]:
    """Milliseconds from each commit to its projection's, in order of size."""
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Event(), context.Event()
    process = context.Process(target=follow, args=(Follower(place, mint.jwk, guarded), ready, stop))
    process.start()
    try:
        await asyncio.to_thread(ready.wait, 60)
        async with relayed(place, pool, mint) if guarded else sent(place, pool) as change:
            return sorted(await _measured(place, change))
    finally:
        stop.set()
        await asyncio.to_thread(process.join, 15)
        process.kill()


async def _measured(place: Servers, change: Change) -> list[float]:
    ours: set[str] = set()
    committed: dict[str, float] = {}
    arrived: dict[str, float] = {}
    all_there = asyncio.Event()

    def hear(_connection: Any, _pid: int, _channel: str, app_id: str) -> None:
        if app_id not in ours:  # of the round before, whose process may still be at work
            return
        arrived[app_id] = time.perf_counter()
        if len(arrived) >= CHANGES:
            all_there.set()

    listener = await asyncpg.connect(place.dsn)
    await listener.add_listener(CHANNEL, hear)

    async def one(app_id: str) -> None:
        await change(app_id)
        committed[app_id] = time.perf_counter()

    began, tasks = time.perf_counter(), []
    for number in range(CHANGES):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        app_id = str(uuid.uuid4())
        ours.add(app_id)
        tasks.append(asyncio.create_task(one(app_id)))
    await asyncio.gather(*tasks)
    async with asyncio.timeout(60):
        await all_there.wait()
    listener.terminate()
    # The change may be projected before this process runs on after its commit.
    return [max(0.0, arrived[app_id] - committed[app_id]) * 1000 for app_id in committed]


def _quantile(times: list[float], part: float) -> float:
    return times[min(len(times) - 1, int(len(times) * part))]


async def measure(place: Servers) -> None:
    """Prints medians of the rounds."""
    pool = await asyncpg.create_pool(place.dsn, min_size=2, max_size=8)
    async with pool.acquire() as connection:
        await apply_migrations(connection)
        await connection.execute(PROJECTION)
        await connection.execute("create table bare_change (app_id text, state bytea)")
    mint = Mint()
    found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for _ in range(ROUNDS):
        for guarded in (False, True):
            times = await times_of(place, pool, mint, guarded=guarded)
            found[guarded].append((_quantile(times, 0.5), _quantile(times, 0.99)))
            name = "outbox, relay, guarded consumer" if guarded else "sent after the commit, getmany"
            print(f"{name:32} p50 {found[guarded][-1][0]:6.1f} ms   p99 {found[guarded][-1][1]:6.1f} ms", flush=True)
    for guarded, name in ((False, "bare"), (True, "ours")):
        p50, p99 = (sorted(column)[ROUNDS // 2] for column in zip(*found[guarded], strict=True))
        print(f"{name}, medians of {ROUNDS} rounds at {PER_SECOND} changes/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    print("target: p99 of ours at most 100 ms")
    pool.terminate()


def main() -> None:
    """Starts servers, measures, stops them."""
    with servers() as place:
        asyncio.run(measure(place))


if __name__ == "__main__":
    main()
