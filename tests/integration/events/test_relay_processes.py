"""Two processes relay one outbox: one is active, the other takes over when it dies or stands still."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest

from grantstream.testing import Mint
from tests.integration.events.relaying import history, is_in_order, patiently, put, until_relayed, versions_of
from tests.integration.events.support import Topics, app_state

SETTINGS = {"silence_limit": 3.0, "send_deadline": 2.0, "window": 20}
ROUNDS = 5


class RelayProcess:
    """One of them."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.roles: list[str] = []
        self._listening = asyncio.create_task(self._listen())

    @property
    def role(self) -> str:
        return self.roles[-1] if self.roles else ""

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    async def end(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        await self._listening

    async def _listen(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.roles.append(line.decode().strip())


@asynccontextmanager
async def relay_process(parts: dict[str, Any]) -> AsyncIterator[RelayProcess]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.events.relay_program",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(json.dumps(parts).encode())
    process.stdin.write_eof()
    running = RelayProcess(process)
    try:
        yield running
    finally:
        await running.end()


@pytest.fixture
def parts(dsn: str, topics: Topics, mint: Mint) -> dict[str, Any]:
    """What a relay process needs."""
    return {
        "dsn": dsn,
        "bootstrap_servers": topics.bootstrap_servers,
        "token": mint.token(),
        "settings": SETTINGS,
    }


async def put_in_parts(pool: asyncpg.Pool, app_id: str, first: int, last: int) -> None:
    for state in history(app_id, last)[first - 1 :]:
        await put(pool, state)


async def test_the_spare_takes_over_without_loss_after_a_kill(
    pool: asyncpg.Pool, topics: Topics, parts: dict[str, Any]
) -> None:
    app_id, each = app_state().app_id, 100
    async with relay_process(parts) as first:
        await patiently(lambda: first.role == "active")
        async with relay_process(parts) as second:
            await patiently(lambda: second.role == "spare")
            writing = asyncio.create_task(put_in_parts(pool, app_id, 1, each))
            await patiently(lambda: versions_of(topics, app_id))
            first.signal(signal.SIGKILL)
            await patiently(lambda: second.role == "active")
            await writing
            await until_relayed(pool)
    versions = await versions_of(topics, app_id)
    assert is_in_order(versions, each), versions


async def test_a_paused_relay_is_replaced_and_resumes_as_spare(
    pool: asyncpg.Pool, topics: Topics, parts: dict[str, Any]
) -> None:
    app_id = app_state().app_id
    async with relay_process(parts) as first, relay_process(parts) as second:
        await patiently(lambda: {first.role, second.role} == {"active", "spare"})
        active, spare = (first, second) if first.role == "active" else (second, first)
        await put_in_parts(pool, app_id, 1, 20)
        active.signal(signal.SIGSTOP)
        await put_in_parts(pool, app_id, 21, 40)
        await patiently(lambda: spare.role == "active")
        await until_relayed(pool)
        assert is_in_order(await versions_of(topics, app_id), 40)
        active.signal(signal.SIGCONT)
        await patiently(lambda: active.role == "spare")
        assert spare.role == "active"
        await put_in_parts(pool, app_id, 41, 60)
        await until_relayed(pool)
    assert set(await versions_of(topics, app_id)) == set(range(1, 61))


async def test_repeated_relay_kills_keep_all_events_in_order(
    pool: asyncpg.Pool, topics: Topics, parts: dict[str, Any]
) -> None:
    app_id, each = app_state().app_id, 40
    for number in range(ROUNDS):
        async with relay_process(parts) as relay:
            await patiently(lambda: relay.role == "active")
            await put_in_parts(pool, app_id, number * each + 1, (number + 1) * each)
            relay.signal(signal.SIGKILL)
    async with relay_process(parts):
        await until_relayed(pool)
    versions = await versions_of(topics, app_id)
    assert is_in_order(versions, ROUNDS * each), versions
