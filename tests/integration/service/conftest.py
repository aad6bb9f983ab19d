"""Starting `tiny_service.py` as a program of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from deploy.local.ports import free_ports
from grantstream.testing import eventually_sync
from tests import plain_http

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PATIENCE = 60.0


class TinyProcess:
    """One role of the tiny service."""

    def __init__(self, role: str, state_dir: Path, port: int, **settings: str) -> None:
        self.port = port
        self.state_dir = state_dir
        self.log = state_dir / f"{role}.log"
        variables = {
            "GRANTSTREAM_POSTGRES_DSN": "postgres://tiny:hunter2@127.0.0.1:1/none",
            "GRANTSTREAM_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            "GRANTSTREAM_BASE_URL": "http://tiny.test",
            "GRANTSTREAM_TOKEN_URL": "http://tiny.test",
            "GRANTSTREAM_CLIENT_ID": "tiny",
            "GRANTSTREAM_CLIENT_KEY_FILE": "/nowhere.pem",
            "GRANTSTREAM_STATE_DIR": str(state_dir),
            "GRANTSTREAM_HTTP_PORT": str(port),
            "GRANTSTREAM_WORKER_PORT": str(port),
        } | {f"GRANTSTREAM_{name.upper()}": value for name, value in settings.items()}
        environment = os.environ | variables | {"PYTHONPATH": f"{ROOT / 'libs'}:{ROOT}"}
        command = [sys.executable, str(HERE / "tiny_service.py"), role]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def told(self) -> str:
        return self.log.read_text()

    def notes(self) -> list[str]:
        path = self.state_dir / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def get(self, path: str, **options: Any) -> httpx.Response:
        """On a connection of its own, so that any worker may answer."""
        return plain_http.get(self.url + path, timeout=10, **options)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.told()
        try:
            return self.get("/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    def workers(self) -> set[int]:
        """The pids of those who answer."""
        found = {self.get("/health/live").json()["pid"] for _ in range(30)}
        return {int(pid) for pid in found}

    def wait(self) -> int:
        return self.process.wait(PATIENCE)


def wait_until(condition: Callable[[], bool], *, limit: float = PATIENCE) -> None:
    """Polls until the condition holds; fails after `limit` seconds."""
    eventually_sync(condition, within=limit)


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


StartTiny = Callable[..., TinyProcess]


@pytest.fixture
def start_tiny(tmp_path: Path) -> Iterator[StartTiny]:
    """Starts a role; `ready=False` does not wait for it. All are ended after the test, workers included."""
    with starting_tiny(tmp_path) as start:
        yield start


@contextmanager
def starting_tiny(folder: Path) -> Iterator[StartTiny]:
    """What starts a role; all are ended when the block ends."""
    started: list[TinyProcess] = []

    def start(role: str, *, ready: bool = True, port: int | None = None, **settings: str) -> TinyProcess:
        process = TinyProcess(role, folder, port or free_ports(1)[0], **settings)
        started.append(process)
        if ready:
            wait_until(process.is_ready)
        return process

    yield start
    for tiny in started:
        if tiny.process.poll() is None:
            tiny.process.kill()
            tiny.process.wait()
    # By their environment, so that a worker which outlived its server is found as well.
    left = [process for process in psutil.process_iter() if _belongs_to(process, folder)]
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=5)


def _belongs_to(process: psutil.Process, state_dir: Path) -> bool:
    try:
        return process.environ().get("GRANTSTREAM_STATE_DIR") == str(state_dir)
    except psutil.Error:
        return False
