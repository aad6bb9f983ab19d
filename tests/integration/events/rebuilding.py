"""What the tests of rebuilding share: many proven events at once, the small projection declared, rebuilding it."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from grantstream.events.consuming.projection import Projection
from grantstream.events.dead.rows import DeadLetter, note_dead_letters
from grantstream.events.replay.rebuild import RebuildReport, rebuild
from grantstream.guard import KeySet
from grantstream.proof import Credential, RecordContent, prove
from grantstream.testing import Mint
from tests.integration.events.support import APPS as APPS
from tests.integration.events.support import envelope_headers, event_of

GROUP_ID = "rebuilding"


async def set_aside(pool: asyncpg.Pool, *places: Any) -> None:
    """Notes records as dead letters of the group, as if it could not take them."""
    letters = [
        DeadLetter(
            group_id=GROUP_ID, topic=place.topic, partition=place.partition, offset=place.offset,
            appended_at_ms=place.timestamp, reason="event_poisonous",
        )
        for place in places
    ]  # fmt: skip
    await note_dead_letters(pool, GROUP_ID, letters)


async def append_all(bootstrap_servers: str, mint: Mint, states: Sequence[Any]) -> list[Any]:
    """Appends the events of states, in this order for each key, in windows as a relay would; gives their places."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, enable_idempotence=True)
    await producer.start()
    try:
        windows = [proven(mint, states[start : start + 256]) for start in range(0, len(states), 256)]
        pending = [
            await producer.send(record.topic, record.value, key=record.key, headers=list(record.headers))
            for window in windows
            for record in window
        ]
        return list(await asyncio.gather(*pending))
    finally:
        await producer.stop()


def proven(mint: Mint, states: Sequence[Any]) -> list[RecordContent]:
    """One window of records with token and proof."""
    events = [event_of(state) for state in states]
    bare = [RecordContent(event.topic, event.key.encode(), event.data, envelope_headers(event)) for event in events]
    shown = prove(Credential(mint.token(), mint.proof_key), bare)
    return [
        RecordContent(record.topic, record.key, record.value, [*record.headers, *headers])
        for record, headers in zip(bare, shown, strict=True)
    ]


async def rebuilt(
    bootstrap_servers: str, dsn: str, mint: Mint, projection: Projection[Any] = APPS, **options: Any
) -> RebuildReport:
    """Rebuilds with a guard that believes this mint alone: what other tests appended is refused."""

    async def all_keys_are_known(_: float) -> None:
        pass

    arguments: dict[str, Any] = {
        "guard": mint.guard(),
        "group_id": GROUP_ID,
        "catch_up_keys": all_keys_are_known,
    }
    return await rebuild(projection, dsn=dsn, bootstrap_servers=bootstrap_servers, **arguments | options)


async def rows_of(pool: asyncpg.Pool) -> list[tuple[Any, ...]]:
    """The whole small projection."""
    return [tuple(row) for row in await pool.fetch("select * from app order by app_id")]


async def _stop_half_way(bootstrap_servers: str, dsn: str, jwk: dict[str, Any]) -> None:
    """Rebuilds until the first records are read, says so, and waits to be killed."""

    def half_way(_done: int, _all: int) -> None:
        print("half-way", flush=True)
        time.sleep(60)

    mint = Mint(jwk["kid"])
    guard = mint.guard(keys=KeySet.from_jwks({"keys": [jwk]}))
    await rebuilt(bootstrap_servers, dsn, mint, guard=guard, progress=half_way)


if __name__ == "__main__":
    asyncio.run(_stop_half_way(sys.argv[1], sys.argv[2], json.loads(sys.stdin.readline())))
