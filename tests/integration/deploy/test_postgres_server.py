"""The embedded PostgreSQL: starts again after anything, with its data."""

import os
import signal
import socket
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.local.errors import PortTaken
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.postgres_server import EmbeddedPostgres


async def _remember(dsn: str, word: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE memory (word text)")
        await connection.execute("INSERT INTO memory VALUES ($1)", word)
    finally:
        await connection.close()


async def _recall(dsn: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("SELECT word FROM memory")
    finally:
        await connection.close()


async def test_data_survive_a_killed_server(folder: Path) -> None:
    server = EmbeddedPostgres(folder, port=free_port())
    first = server.start()
    await _remember(server.dsn, "kept")
    os.kill(first.record.pid, signal.SIGKILL)
    second = server.start()
    assert second.record.pid != first.record.pid
    assert await _recall(server.dsn) == "kept"


async def test_data_survive_an_orderly_stop_and_another_port(folder: Path) -> None:
    with EmbeddedPostgres(folder, port=free_port()) as server:
        await _remember(server.dsn, "kept")
    with EmbeddedPostgres(folder, port=free_port()) as server:
        assert await _recall(server.dsn) == "kept"


def test_a_second_start_finds_the_running_server(folder: Path) -> None:
    port = free_port()
    first = EmbeddedPostgres(folder, port=port).start()
    second = EmbeddedPostgres(folder, port=port).start()
    assert second.was_running
    assert second.record == first.record


def test_a_stopped_server_leaves_no_process(folder: Path) -> None:
    server = EmbeddedPostgres(folder, port=free_port())
    members = server.start().record.members()
    assert len(members) > 1
    server.stop()
    assert not [member for member in members if psutil.pid_exists(member.pid)]


def test_a_server_without_a_record_is_stopped_and_replaced(folder: Path) -> None:
    server = EmbeddedPostgres(folder, port=free_port())
    first = server.start()
    first.record.forget(folder / "run")
    second = server.start()
    assert not second.was_running
    assert first.record.leader() is None


def test_a_taken_port_is_refused_before_anything_starts(folder: Path) -> None:
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        holder.listen()
        with pytest.raises(PortTaken, match="PostgreSQL"):
            EmbeddedPostgres(folder, port=holder.getsockname()[1]).start()


async def test_a_services_role_reaches_its_own_database_only(folder: Path) -> None:
    with EmbeddedPostgres(folder, port=free_port()) as server:
        mine = server.access.ensure_database("grantstream_mine", password="it's mine")
        again = server.access.ensure_database("grantstream_mine", password="it's mine")
        other = server.access.ensure_database("grantstream_other", password="other")
        assert again == mine
        await _remember(mine, "private")
        intruder = mine.rpartition("/")[0] + "/grantstream_other"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(intruder)
        await _remember(other, "too")
