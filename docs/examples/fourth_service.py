"""A fourth service: it hears of every application that a company disables, milliseconds after it was answered.

    make up                                             # a platform on this machine
    .venv/bin/python docs/examples/fourth_service.py    # Ctrl-C ends it

Then disable an application (`make demo` does): a line appears here. It needs no client and no secret. Who may read the
topics is up to the broker; whether a record may be believed is decided here, by the guard, from the platform's public
keys and the fence alone. What it must not believe goes to `app.disabled.dead`, and is never handed to the function.
"""

import asyncio

from grantstream.contracts.events.registration import AppDisabled
from grantstream.events import PlatformAddresses, ReceivedEnvelope, open_consumer


async def stop_deliveries(_connection: None, event: AppDisabled, envelope: ReceivedEnvelope) -> None:
    """What this service does about it. It may be called twice with the same event, so it must not mind.

    With `dsn=...` below, `_connection` is a connection to that database, in a transaction that is committed before the
    event is acknowledged: write there, with an upsert that wins only if `event.version` is newer (docs/consumers.md).
    """
    print(
        f"company {event.company_id} disabled app {event.app_id}: its version {event.version},"
        f" told by client {envelope.claims.client_id}",
        flush=True,
    )


async def main() -> None:
    """Consumes until it is interrupted; every copy that runs with the same `group_id` takes a share."""
    platform = PlatformAddresses.from_file(".local/platform.json")
    handlers = {"app.disabled": stop_deliveries}
    async with open_consumer(platform, group_id="deliveries", handlers=handlers):
        print("listening", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("stopped")
