"""A fourth service: it receives every disabling of an application, milliseconds after the change was answered.

    make up                                             # a platform on this machine
    .venv/bin/python docs/examples/fourth_service.py    # Ctrl-C ends it

Then disable an application (`make demo` does): a line appears here. It needs no client and no secret. The broker
decides who may read the topics; the guard decides here whether a record is accepted, by the platform's public keys and
the fence alone. A refused record goes to `app.disabled.dead` and never to the function.
"""

import asyncio

from grantstream.contracts.events.registration import AppDisabled
from grantstream.events import PlatformAddresses, ReceivedEnvelope, open_consumer


async def stop_deliveries(_connection: None, event: AppDisabled, envelope: ReceivedEnvelope) -> None:
    """What this service does about it. It may be called twice with the same event, which must be harmless.

    With `dsn=...` below, `_connection` is a connection to that database, in a transaction that is committed before the
    event is acknowledged: write there, with an upsert that wins only if `event.version` is newer (docs/consumers.md).
    """
    print(
        f"company {event.company_id} disabled app {event.app_id}: its version {event.version},"
        f" published by client {envelope.claims.client_id}",
        flush=True,
    )


async def main() -> None:
    """Consumes until it is interrupted; copies with the same `group_id` share the work."""
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
