"""All topics from the first record on, into an empty database, with the services' own handlers.

`python -m tests.chaos.replay PLATFORM_JSON SERVICE GROUP DSN` consumes until it is told to end (SIGTERM).
"""

import asyncio
import signal
import sys
from collections.abc import Mapping
from typing import Final

from grantstream.events.batch_handling import Handler
from grantstream.events.open_consumer import open_consumer
from grantstream.events.platform_addresses import PlatformAddresses
from services.receipts.entrypoints.consumer import GROUP_ID as RECEIPTS_GROUP
from services.receipts.entrypoints.consumer import HANDLERS as RECEIPTS
from services.registration.entrypoints.consumer import GROUP_ID as REGISTRATION_GROUP
from services.registration.entrypoints.consumer import HANDLERS as REGISTRATION
from services.token.entrypoints.consumer import GROUP_ID as TOKEN_GROUP
from services.token.entrypoints.consumer import HANDLERS as TOKEN

HANDLERS: Final[Mapping[str, Mapping[str, Handler]]] = {
    "registration": REGISTRATION,
    "token": TOKEN,
    "receipts": RECEIPTS,
}
GROUPS: Final = {"registration": REGISTRATION_GROUP, "token": TOKEN_GROUP, "receipts": RECEIPTS_GROUP}


async def main(platform_file: str, service: str, group_id: str, dsn: str) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    platform = PlatformAddresses.from_file(platform_file)
    async with open_consumer(platform, group_id=group_id, handlers=HANDLERS[service], dsn=dsn) as consumer:
        while not ended.is_set() and consumer.is_alive():
            try:
                await asyncio.wait_for(ended.wait(), timeout=0.2)
            except TimeoutError:
                continue


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
