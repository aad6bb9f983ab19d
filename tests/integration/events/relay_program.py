"""A relay in a process of its own, which a test may kill or stop: its settings as one JSON object on standard input.

Each line that it prints is its role at that moment.
"""

import asyncio
import json
import sys
from typing import Any

from grantstream.events.relaying.relay import Relay
from grantstream.events.relaying.relay_settings import RelaySettings
from grantstream.testing import FixedCredentials


async def _tell_role(relay: Relay) -> None:
    role = ""
    while True:
        if relay.status().role != role:
            role = relay.status().role
            print(role, flush=True)
        await asyncio.sleep(0.01)


async def _run(parts: dict[str, Any]) -> None:
    relay = Relay(
        parts["dsn"],
        parts["bootstrap_servers"],
        FixedCredentials.of(parts["token"]),
        RelaySettings(**parts["settings"]),
    )
    await asyncio.gather(relay.run(), _tell_role(relay))


if __name__ == "__main__":
    asyncio.run(_run(json.load(sys.stdin)))
