"""Opens a guarded consumer and all that it needs, for programs outside the platform."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from grantstream.events.consuming.applying import Handler
from grantstream.events.consuming.consumer import GuardedConsumer
from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.platform_addresses import PlatformAddresses
from grantstream.guard import Guard
from grantstream.guard.guarded_process import end_this_process
from grantstream.guard.observer import open_observer
from grantstream.postgres.pool import Pool

_POOL_SIZE = 2
_COMMAND_SECONDS = 30.0


@asynccontextmanager
async def open_consumer(
    platform: PlatformAddresses,
    *,
    group_id: str,
    handlers: Mapping[str, Handler],
    dsn: str | None = None,
    guard: Guard | None = None,
    trusted_key_thumbprints: Collection[str] = (),
    settings: ConsumerSettings | None = None,
    observer: ConsumerObserver | None = None,
    on_lost: Callable[[], None] = end_this_process,
) -> AsyncIterator[GuardedConsumer]:
    """Consumes while the block runs: each event is judged, then handled, then acknowledged.

    `handlers` are named by event type (`app.disabled`). With a `dsn` a handler gets a connection in a transaction. An
    event may come again after its transaction, so handlers write version-gated upserts (`projection.py`) or inbox rows
    (`inbox.py`). Without a `dsn` a handler gets None and must be idempotent. Consumers of a `group_id` share the work.

    By default the program observes the platform: it fetches keys from `platform.token_url`, and reads the fence. With
    `trusted_key_thumbprints` no fetched key is believed but these (docs/trust.md). A given `guard` replaces all that;
    tests use it. `on_lost` is called if the program was disconnected for so long that it can't know what it missed,
    and must be restarted; by default it gets a SIGTERM.

    Raises KafkaError or OSError if broker or database can't be reached.
    """
    catch_up_keys = None
    async with AsyncExitStack() as opened:
        if guard is None:
            process = await opened.enter_async_context(
                open_observer(
                    issuer=platform.base_url,
                    bootstrap_servers=platform.bootstrap_servers,
                    token_url=platform.token_url,
                    trusted_key_thumbprints=trusted_key_thumbprints,
                    on_lost=on_lost,
                )
            )
            guard, catch_up_keys = process.event_guard, process.catch_up_keys
        pool = None if dsn is None else await opened.enter_async_context(_pool(dsn))
        consumer = GuardedConsumer(
            platform.bootstrap_servers,
            group_id,
            guard,
            handlers,
            pool,
            settings,
            observer,
            catch_up_keys=catch_up_keys,
        )
        await consumer.start()
        opened.push_async_callback(consumer.stop)
        yield consumer


@asynccontextmanager
async def _pool(dsn: str) -> AsyncIterator[Pool]:
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=_POOL_SIZE, command_timeout=_COMMAND_SECONDS)
    try:
        yield pool
    finally:
        pool.terminate()  # no statement runs any more, and a lost server must not block the end
