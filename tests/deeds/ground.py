"""The platform that deeds are done to: a broker of its own, the services, and a group outside that counts receipts.

What runs is started from the main thread only: it is tied to the life of the thread that started it.
"""

import asyncio
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from deploy.local.ports import LOOPBACK, lasting_ports
from deploy.local.processes import ProcessSpec, Supervisor, child_environment
from deploy.local.readiness import READY
from deploy.local.running_platform import Platform
from deploy.local.servers import embedded_postgres
from deploy.local.services import ROLES, SERVICES
from deploy.local.settings import ROOT, LocalSettings
from deploy.local.state_files import PLATFORM_FILE
from tests.chaos import counting
from tests.chaos.programs import fresh_database
from tests.chaos.reading_back import EVENT_TABLES
from tests.deeds.own_broker import OwnBroker
from tests.deeds.topic_operator import Operator
from tests.e2e.command_line import CommandLine
from tests.servers.databases import DatabaseServer

COUNTER: Final = "counter"
"""The process of the group outside."""
_LAYER: Final = 4
_COMMAND_SECONDS: Final = 45.0
_ANSWER_SECONDS: Final = 5.0
_POLL: Final = 0.5
_NUMBERS: Final = re.compile(r"[0-9a-f-]*[0-9][0-9a-f-]*")

Readiness = Mapping[str, str]
"""By role, what its readiness complains of; a role that is ready is not in it."""


class CommandFailed(Exception):
    """A documented command did not do its work."""


class Ground:
    """All of it, below one folder. A context manager."""

    def __init__(self, folder: Path, *, http_workers: int = 1) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)  # PostgreSQL's own user must get in
        self._supervisor = Supervisor(folder / "run", die_with_parent=True)
        port, controller_port = lasting_ports(2)
        self.broker = OwnBroker(
            folder, port=port, controller_port=controller_port, heap="256M", supervisor=self._supervisor
        )
        self.operator = Operator(self.broker.bootstrap_servers)
        settings = LocalSettings.on_free_ports(
            folder / "platform",
            postgres_durable=False,
            http_workers=http_workers,
            kafka_bootstrap_servers=self.broker.bootstrap_servers,
            kafka_port=port,
            kafka_controller_port=controller_port,
        )
        self.platform = Platform(settings, die_with_parent=True)
        self.counting_dsn = ""
        self.deaths: list[str] = []
        """The processes that ended by themselves and were started again, as a real platform's supervisor would."""
        self._stopped: set[str] = set()
        self._logs: dict[Path, int] = {}

    def __enter__(self) -> Self:
        try:
            self.broker.start()
            self.platform.start()
            postgres = embedded_postgres(self.platform.settings, self.platform.supervisor)
            self.counting_dsn = fresh_database(DatabaseServer(postgres.dsn), EVENT_TABLES)
            asyncio.run(counting.make_table(self.counting_dsn))
            self.start(COUNTER)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._supervisor.stop(COUNTER)
        self.platform.stop()
        self.broker.stop()

    def remove(self) -> None:
        """Deletes everything that it kept; it must be stopped."""
        self.platform.remove_state()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def description(self) -> Mapping[str, Any]:
        """What `platform.json` says."""
        return self.platform.description

    @property
    def names(self) -> list[str]:
        """Every process that should run."""
        return [*(f"{service}-{role}" for service in SERVICES for role in ROLES), COUNTER]

    def start(self, *names: str) -> None:
        """Starts processes that do not run, without waiting for them."""
        for name in names:
            self._stopped.discard(name)
            self._supervised(name).ensure(self._spec(name))

    def stop(self, *names: str) -> None:
        """Ends processes in an orderly way; they stay away until they are started."""
        for name in names:
            self._stopped.add(name)
            self._supervised(name).stop(name)

    def revive(self) -> None:
        """Starts what ended by itself."""
        for name in self.names:
            record = self._supervised(name).record(name)
            if name not in self._stopped and (record is None or record.leader() is None):
                self.deaths.append(name)
                self.start(name)

    def restart(self, seconds: float) -> Readiness:
        """Ends every process and starts all again; gives what complains after so many seconds, or as soon as all are
        ready."""
        self.stop(*self.names)
        self.start(*self.names)
        return self.until_ready(seconds)

    def until_ready(self, seconds: float) -> Readiness:
        """Gives what still complains after so many seconds; nothing as soon as all are ready."""
        deadline = time.monotonic() + seconds
        while (found := self.readiness()) and time.monotonic() < deadline:
            self.revive()
            time.sleep(_POLL)
        return found

    def readiness(self) -> Readiness:
        """What each role of each service complains of."""
        found = {f"{service}-{role}": self._complaint(service, role) for service in SERVICES for role in ROLES}
        return {role: complaint for role, complaint in found.items() if complaint}

    def doctor(self) -> list[str]:
        """What `grantstream doctor` finds wrong or worth a look."""
        try:
            ran = CommandLine(self.platform.settings.state_dir / PLATFORM_FILE)("doctor", "--json")
        except subprocess.TimeoutExpired:
            return ["(the doctor does not come to an end)"]
        if ran.status not in (0, 1):
            return [f"(the doctor breaks down) {ran.complained.strip()[-200:]}"]
        return [
            f"{line['about']}: {line['sentence']}"
            for line in map(json.loads, ran.told.splitlines())
            if line["weight"] != "well"
        ]

    def forget_logs(self) -> None:
        """From now on `logged` gives what comes."""
        self._logs = {path: path.stat().st_size for path in self._log_files()}

    def logged(self) -> list[str]:
        """What processes logged as a warning or worse, each thing once: numbers and ids are left out."""
        found: dict[str, None] = {}
        for path in self._log_files():
            with path.open("rb") as log:
                log.seek(self._logs.get(path, 0))
                for line in log.read().decode(errors="replace").splitlines():
                    if (entry := _entry(line)) and entry.get("level") in ("warning", "error", "critical"):
                        found.setdefault(f"{entry['level']} {_NUMBERS.sub('#', str(entry['event']))[:200]}")
        return list(found)

    def _log_files(self) -> list[Path]:
        return sorted((self.platform.settings.state_dir / "logs").glob("*-*.log"))

    def keys(self, command: str) -> str:
        """Runs `python -m services.token keys ...`; gives what it complains of, and nothing if it went well."""
        return self.command("token", "keys", command)

    def republish(self) -> None:
        """All owners publish their states again, and then every group's rows are declared complete, as
        docs/lost-changes.md says. Raises CommandFailed."""
        for owner in ("registration", "token"):
            self._must(owner, "republish", "--all")
        for service in SERVICES:
            self._must(service, "projections", "accept", "--because", "all owners published their states again")

    def command(self, service: str, *arguments: str) -> str:
        """Runs `python -m services.<service> ...`; gives what it complains of, and nothing if it went well."""
        known = self.platform.services[service]
        try:
            done = subprocess.run(
                known.command(*arguments),
                env=child_environment(known.env),
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=_COMMAND_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return f"no end within {_COMMAND_SECONDS:.0f} s"
        return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["failed"])[-1][:200]

    def _must(self, service: str, *arguments: str) -> None:
        if complaint := self.command(service, *arguments):
            raise CommandFailed(f"{service} {' '.join(arguments)}: {complaint}")

    def dsn(self, service: str) -> str:
        """A service's database."""
        found: str = self.description["postgres"][service]
        return found

    def _supervised(self, name: str) -> Supervisor:
        return self._supervisor if name == COUNTER else self.platform.supervisor

    def _spec(self, name: str) -> ProcessSpec:
        if name != COUNTER:
            service, role = name.split("-")
            return self.platform.services[service].spec(role)
        state = self.platform.settings.state_dir
        return ProcessSpec(
            name=COUNTER,
            command=(sys.executable, "-m", "tests.chaos.counting", str(state / PLATFORM_FILE), self.counting_dsn),
            log=state / "logs" / f"{COUNTER}.log",
            layer=_LAYER,
            env={"PYTHONPATH": os.pathsep.join((str(ROOT / "libs"), str(ROOT)))},
            cwd=ROOT,
        )

    def _complaint(self, service: str, role: str) -> str:
        """A port answers for any of its processes, so several connections are asked where there are several."""
        port = self.platform.services[service].port(role)
        connections = 2 * self.platform.settings.http_workers if role == "http" else 1
        return next((complaint for _ in range(connections) if (complaint := _asked(port))), "")


def _entry(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and "event" in found else {}


def _asked(port: int) -> str:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", READY)
        answer = connection.getresponse()
        told = json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"no answer ({type(error).__name__})"
    finally:
        connection.close()
    if answer.status == http.client.OK:
        return ""
    failed = [f"{name}: {check['detail'] or 'no'}" for name, check in told["checks"].items() if not check["ok"]]
    return "; ".join(failed) or "not ready"
