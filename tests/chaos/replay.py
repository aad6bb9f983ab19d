"""All topics from the first record on, into an empty database, with the services' own handlers.

`python -m tests.chaos.replay PLATFORM_JSON SERVICE GROUP DSN` consumes until it is told to end (SIGTERM).
"""

import asyncio
import signal
import sys
from collections.abc import Mapping
from typing import Final

from pydantic import SecretStr

from grantstream.events.consuming.applying import Handler
from grantstream.events.consuming.consumer import GuardedConsumer
from grantstream.events.consuming.projection import handlers_of
from grantstream.events.platform_addresses import PlatformAddresses
from grantstream.guard.observer import open_observer
from grantstream.postgres.pool import opened_pool
from services.receipts.projections import PROJECTIONS as RECEIPTS
from services.registration.projections import PROJECTIONS as REGISTRATION
from services.token.projections import PROJECTIONS as TOKEN

HANDLERS: Final[Mapping[str, Mapping[str, Handler]]] = {
    "registration": handlers_of(REGISTRATION),
    "token": handlers_of(TOKEN),
    "receipts": handlers_of(RECEIPTS),
}
GROUPS: Final = {service: service for service in HANDLERS}
"""The consumer group of each service."""


async def main(platform_file: str, service: str, group_id: str, dsn: str) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    platform = PlatformAddresses.from_file(platform_file)
    servers = platform.bootstrap_servers
    async with (
        # A pool as the services have it: their handlers write JSON, for one.
        opened_pool(SecretStr(dsn), application_name=group_id, max_size=2) as pool,
        open_observer(issuer=platform.base_url, bootstrap_servers=servers, token_url=platform.token_url) as process,
    ):
        consumer = GuardedConsumer(servers, group_id, process.event_guard, HANDLERS[service], pool)
        await consumer.start()
        try:
            await ended.wait()
        finally:
            await consumer.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
