"""A relay whose connection fails opens another one, however asyncpg puts it."""

import asyncio

import asyncpg
import pytest

from grantstream.events.relaying import relay as module
from grantstream.events.relaying.relay import Relay
from grantstream.testing import FixedCredentials


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("the connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
        asyncpg.IdleSessionTimeoutError("terminating connection"),
        ConnectionResetError(),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_failed_connection_is_opened_anew(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    again = asyncio.Event()

    def open_outbox(dsn: str, _: object) -> None:
        opened.append(dsn)
        if len(opened) == 1:
            raise error
        again.set()
        raise TimeoutError

    monkeypatch.setattr(module, "open_outbox", open_outbox)
    relay = Relay("dsn", "127.0.0.1:1", FixedCredentials.of("a token"))
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(10):
        await asyncio.wait({running, asyncio.create_task(again.wait())}, return_when=asyncio.FIRST_COMPLETED)
    assert not running.done()
    running.cancel()
    await asyncio.wait({running})
