"""A program outside the platform whose effects must happen once: it counts receipts, with an inbox.

`python -m tests.chaos.counting PLATFORM_JSON DSN`. Several of them share the work.
"""

import asyncio
import signal
import sys
from typing import Any

import asyncpg

from grantstream.events.consuming.inbox import first_time
from grantstream.events.consuming.open_consumer import open_consumer
from grantstream.events.platform_addresses import PlatformAddresses
from tests.chaos.held_commit import make_holdable

GROUP_ID = "chaos-counter"
EVENT_TYPE = "receipt.posted"
# No unique key on purpose: whatever happens twice is in it twice.
_TABLE = "create table counted (ce_id text not null, receipt_id text not null)"


async def make_table(dsn: str) -> None:
    """Where effects are."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_TABLE)
    finally:
        await connection.close()
    await make_holdable(dsn, "counted")


async def count(connection: Any, event: Any, envelope: Any) -> None:
    """The effect."""
    if await first_time(connection, envelope.claims, envelope):
        await connection.execute(
            "insert into counted (ce_id, receipt_id) values ($1, $2)", envelope.id, str(event.receipt_id)
        )


async def main(platform_file: str, dsn: str) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    platform = PlatformAddresses.from_file(platform_file)
    async with open_consumer(platform, group_id=GROUP_ID, handlers={EVENT_TYPE: count}, dsn=dsn) as consumer:
        while not ended.is_set() and consumer.is_alive():
            try:
                await asyncio.wait_for(ended.wait(), timeout=0.5)
            except TimeoutError:
                continue
    if not ended.is_set():
        sys.exit(1)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
