"""The guarded consumer beside a bare `getmany` loop with the same upsert: `python -m tests.bench.bench_consumer`.

Target: 0.5 of its rate. The bare loop does each upsert by itself and commits once a batch; a second one gathers a batch
in a transaction, as the guarded consumer does.
"""

import asyncio
import time
import uuid
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from grantstream.contracts.events.registration import AppModified
from grantstream.events.consuming.consumer import GuardedConsumer
from grantstream.events.consuming.projection import content_sha256
from grantstream.events.producing.outbox import prepared
from grantstream.events.producing.sender import event_records
from grantstream.proof import Credential
from grantstream.testing import Mint
from grantstream.testing.mint import PRODUCER_KEY
from tests.bench.event_servers import Servers, servers
from tests.integration.events.support import APPS, NOW, PROJECTION, SOURCE, app_state, apply_migrations

EVENTS = 10_000
ROUNDS = 3
WINDOW = 100
"""How many events the relay signs at once when it has a backlog."""


async def fill(place: Servers, token: str) -> None:
    """Appends the events that all read."""
    producer = AIOKafkaProducer(bootstrap_servers=place.bootstrap_servers, max_batch_size=262_144)
    await producer.start()
    sends = []
    for _ in range(EVENTS // WINDOW):
        events = [prepared(app_state(), source=SOURCE, now=NOW) for _ in range(WINDOW)]
        sends += [
            await producer.send(record.topic, record.value, key=record.key, headers=list(record.headers))
            for record in event_records(events, Credential(token, PRODUCER_KEY))
        ]
    await asyncio.gather(*sends)
    await producer.stop()


async def bare_rate(place: Servers, pool: asyncpg.Pool, *, together: bool) -> float:
    """Events per second of a loop that believes everything."""
    await pool.execute("truncate app")
    consumer = AIOKafkaConsumer(
        "app.modified", bootstrap_servers=place.bootstrap_servers, group_id=str(uuid.uuid4()),
        enable_auto_commit=False, auto_offset_reset="earliest",
    )  # fmt: skip
    await consumer.start()
    done, began = 0, 0.0
    async with pool.acquire() as connection:
        while done < EVENTS:
            batches = await consumer.getmany(timeout_ms=1000, max_records=200)
            began = began or time.perf_counter()
            records = [record for batch in batches.values() for record in batch]
            if together:
                async with connection.transaction():
                    await _upsert_all(connection, records)
            else:
                await _upsert_all(connection, records)
            await consumer.commit()
            done += len(records)
    taken = time.perf_counter() - began
    await consumer.stop()
    return EVENTS / taken


async def _upsert_all(connection: Any, records: list[Any]) -> None:
    for record in records:
        state = AppModified.model_validate_json(record.value)
        if not await connection.fetchval(_UPSERT, state.app_id, state.name, state.version, content_sha256(state)):
            await connection.fetchrow("select version, content_sha256 from app where app_id = $1", state.app_id)


_UPSERT = """
insert into app values ($1, $2, $3, $4) on conflict (app_id) do update
set name = excluded.name, version = excluded.version, content_sha256 = excluded.content_sha256
where app.version < excluded.version returning true
"""


async def guarded_rate(place: Servers, pool: asyncpg.Pool, mint: Mint, *, batched: bool) -> float:
    """Events per second, judged (token and proof) and applied."""
    await pool.execute("truncate app")
    began = 0.0

    async def one(connection: Any, event: Any, envelope: Any) -> None:
        await APPS(connection, event, envelope)

    handler: Any = APPS if batched else one
    consumer = GuardedConsumer(
        place.bootstrap_servers, str(uuid.uuid4()), mint.guard(), {"app.modified": handler}, pool
    )
    await consumer.start()
    first = 0
    while (rows := await pool.fetchval("select count(*) from app")) < EVENTS:
        if rows and not first:
            first, began = rows, time.perf_counter()
        await asyncio.sleep(0.01)
    taken = time.perf_counter() - began
    await consumer.stop()
    return (EVENTS - first) / taken


async def measure(place: Servers) -> None:
    """Prints rates and ratios."""
    pool = await asyncpg.create_pool(place.dsn, min_size=1, max_size=4)
    async with pool.acquire() as connection:
        await apply_migrations(connection)
        await connection.execute(PROJECTION)
    mint = Mint()
    await fill(place, mint.token())
    ratios = []
    for _ in range(ROUNDS):
        one = await bare_rate(place, pool, together=False)
        batch = await bare_rate(place, pool, together=True)
        guarded = await guarded_rate(place, pool, mint, batched=False)
        many = await guarded_rate(place, pool, mint, batched=True)
        ratios.append((guarded / one, guarded / batch, many / one, many / batch))
        print(
            f"bare, one by one {one:6.0f}/s, batch in a transaction {batch:6.0f}/s   "
            f"guarded, one by one {guarded:6.0f}/s, a batch at once {many:6.0f}/s"
        )
    medians = [sorted(column)[ROUNDS // 2] for column in zip(*ratios, strict=True)]
    print("guarded beside bare one by one and bare batch (medians), target 0.50:")
    print(f"    upsert for each event {medians[0]:.2f} and {medians[1]:.2f}")
    print(f"    upsert for the batch  {medians[2]:.2f} and {medians[3]:.2f}")
    pool.terminate()


def main() -> None:
    """Starts servers, measures, stops them."""
    with servers() as place:
        asyncio.run(measure(place))


if __name__ == "__main__":
    main()
