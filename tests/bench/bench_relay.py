"""The relay beside aiokafka's own windowed sends: `python -m tests.bench.bench_relay`.

Target: 0.6 of its rate if the relay made no proofs. How much of it is left with proofs is measured, too.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from statistics import median
from typing import Any
from unittest.mock import patch

import asyncpg
from aiokafka import AIOKafkaProducer

from grantstream.events.producing.outbox import append_all, prepared
from grantstream.events.relaying.relay import Relay
from grantstream.events.relaying.relay_settings import RelaySettings
from grantstream.proof import Credential, RecordContent, prove
from grantstream.testing import FixedCredentials, Mint
from grantstream.testing.records import bearer
from tests.bench.event_servers import Servers, servers
from tests.integration.events.support import NOW, SOURCE, app_state, apply_migrations, envelope_headers

EVENTS = 10_000
ROUNDS = 3
IDLE_EVENTS = 200


async def bare_rate(place: Servers, token: str) -> float:
    """Events per second of a producer that is set like the relay's and has its records ready."""
    records = [_record(token) for _ in range(EVENTS)]
    window = RelaySettings().window
    producer = AIOKafkaProducer(
        bootstrap_servers=place.bootstrap_servers, enable_idempotence=True, acks="all", max_batch_size=262_144
    )
    await producer.start()
    began = time.perf_counter()
    for start in range(0, EVENTS, window):
        await asyncio.gather(*[await producer.send(**record) for record in records[start : start + window]])
    taken = time.perf_counter() - began
    await producer.stop()
    return EVENTS / taken


def _record(token: str) -> dict[str, Any]:
    event = prepared(app_state(), source=SOURCE, now=NOW)
    return {
        "topic": event.topic, "key": event.key.encode(), "value": event.data,
        "headers": [*envelope_headers(event), bearer(token)],
    }  # fmt: skip


def token_only(credential: Credential, records: Sequence[RecordContent]) -> list[list[tuple[str, bytes]]]:
    """Shows the token and proves nothing: what the relay would do without proofs."""
    return [[bearer(credential.token)]] * len(records)


async def relay_rate(place: Servers, pool: asyncpg.Pool, token: str, show: Any = prove) -> float:
    """Events per second out of an outbox that is full. `show`: what the relay adds to the records of a window."""
    with patch("grantstream.kafka.record_window.prove", show):
        return await _relay_rate(place, pool, token)


async def _relay_rate(place: Servers, pool: asyncpg.Pool, token: str) -> float:
    for _ in range(EVENTS // 1000):
        await append_all(pool, [prepared(app_state(), source=SOURCE, now=NOW) for _ in range(1000)])
    relay = asyncio.create_task(Relay(place.dsn, place.bootstrap_servers, FixedCredentials.of(token)).run())
    while await pool.fetchval("select count(*) from outbox") == EVENTS:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    began = time.perf_counter()
    left = await pool.fetchval("select count(*) from outbox")
    while await pool.fetchval("select exists (select 1 from outbox)"):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    taken = time.perf_counter() - began
    relay.cancel()
    with suppress(asyncio.CancelledError):
        await relay
    return float(left / taken)


async def idle_latency(place: Servers, pool: asyncpg.Pool, token: str) -> list[float]:
    """Milliseconds from a commit to the deleted row, one event at a time, nudged as a service does."""
    from grantstream.events.producing.outbox import OutboxNudge

    relay = asyncio.create_task(Relay(place.dsn, place.bootstrap_servers, FixedCredentials.of(token)).run())
    nudge, times = OutboxNudge(pool), []
    for _ in range(IDLE_EVENTS):
        await append_all(pool, [prepared(app_state(), source=SOURCE, now=NOW)])
        began = time.perf_counter()
        await nudge()
        while await pool.fetchval("select exists (select 1 from outbox)"):  # noqa: ASYNC110
            await asyncio.sleep(0.0005)
        times.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.02)
    await nudge.close()
    relay.cancel()
    with suppress(asyncio.CancelledError):
        await relay
    return sorted(times)


async def measure(place: Servers) -> None:
    """Prints rates, their ratio, and latencies."""
    pool = await asyncpg.create_pool(place.dsn, min_size=1, max_size=4)
    async with pool.acquire() as connection:
        await apply_migrations(connection)
    token = Mint().token()
    without, proven = [], []
    for _ in range(ROUNDS):
        bare = await bare_rate(place, token)
        relayed = await relay_rate(place, pool, token, token_only), await relay_rate(place, pool, token)
        without.append(relayed[0] / bare)
        proven.append(relayed[1] / bare)
        print(
            f"bare windowed sends {bare:8.0f}/s   relay without proofs {relayed[0]:8.0f}/s   with {relayed[1]:8.0f}/s"
            f"   ratios {without[-1]:.2f} and {proven[-1]:.2f}"
        )
    print(f"relay without proofs, ratio (median): {median(without):.2f}, target 0.60; with: {median(proven):.2f}")
    times = await idle_latency(place, pool, token)
    print(f"commit to deleted, idle: p50 {times[len(times) // 2]:.1f} ms, p99 {times[int(len(times) * 0.99)]:.1f} ms")
    pool.terminate()


def main() -> None:
    """Starts servers, measures, stops them."""
    with servers() as place:
        asyncio.run(measure(place))


if __name__ == "__main__":
    main()
