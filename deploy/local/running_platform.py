"""The whole platform: started in order, described in a file, stopped in reverse.

`make up` and the end-to-end tests use the same class, the tests with their own folder and ports.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Self

import psutil

from deploy.local.errors import PlatformError
from deploy.local.ports import require_free
from deploy.local.process_record import ProcessRecord
from deploy.local.processes import ProcessSpec, Supervisor, locked
from deploy.local.readiness import is_ready, status_of, wait_until_ready
from deploy.local.server_access import create_topics
from deploy.local.servers import Servers, embedded_postgres, start_servers
from deploy.local.services import ROLES, SERVICES, Service, make_service, migrate, proxy_spec, seed
from deploy.local.settings import PREFIX, LocalSettings
from deploy.local.start_checks import explained, keep_issuer, require_disk, require_free_ports, require_same_issuer
from deploy.local.state_files import Description, Generated, ensure_generated, kept_password, write_description
from deploy.local.steps import Steps


class Platform:
    """The platform in one folder. Starting twice is fine; `with Platform(...) as platform` also stops it.

    `die_with_parent` ties all processes to this one; without it they stay until `stop`.
    """

    def __init__(
        self,
        settings: LocalSettings,
        *,
        steps: Steps | None = None,
        die_with_parent: bool = False,
        services: Sequence[str] = SERVICES,
    ) -> None:
        self.settings = settings
        self.supervisor = Supervisor(settings.state_dir / "run", die_with_parent=die_with_parent)
        self.description: Description = {}
        """The content of `platform.json`, once started."""
        self.services: dict[str, Service] = {}
        """The services by name, once started: `supervisor.ensure(platform.services["token"].spec("http"))`."""
        self._steps = steps or Steps(quiet=True)
        self._names = services

    def start(self) -> Description:
        """Start what isn't running yet, wait until all is ready, and describe it in `platform.json`.

        Raises PlatformError, after stopping what it had started. Processes that ran before keep running.
        """
        with self._locked():
            before = self.supervisor.running()
            try:
                return self._start()
            except BaseException:
                self._undo_start(before)
                raise

    def stop(self) -> list[str]:
        """Stop everything, the proxy first and PostgreSQL last; returns the names of what was running."""
        with self._locked():
            return self.supervisor.stop_all()

    def remove_state(self) -> None:
        """Delete all data of the stopped platform."""
        embedded_postgres(self.settings, self.supervisor).remove_data()
        shutil.rmtree(self.settings.state_dir, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _locked(self) -> AbstractContextManager[None]:
        busy = f"Another start or stop is under way in {self.settings.state_dir}: wait for it."
        return locked(self.settings.state_dir / "lock", busy=busy)

    def _start(self) -> Description:
        require_same_issuer(self.settings)
        require_free_ports(self.settings, self._names, self._own_processes())
        require_disk(self.settings)
        generated = ensure_generated(self.settings.state_dir)
        servers = start_servers(self.settings, self.supervisor, self._steps)
        with self._steps.step("Topics") as step:
            made = create_topics(servers.kafka.bootstrap_servers)
            step.result(f"{len(made)} made" if made else "all there")
        databases = self._databases(servers)
        self.services = {
            name: make_service(
                name,
                self.settings,
                generated,
                postgres_dsn=databases[name],
                kafka=servers.kafka.bootstrap_servers,
            )
            for name in self._names
        }
        self._migrate()
        self._start_services()
        self.description = self._describe(generated, servers, databases)
        self._seed()
        return self.description

    def _undo_start(self, before: Sequence[ProcessRecord]) -> None:
        """Stop what this start had started, and print what runs now and what doesn't."""
        stopped = self.supervisor.stop_all(besides=before)
        replaced = [record.name for record in before if record.leader() is None]
        still = [record.name for record in before if record.name not in replaced]
        for what, names in (
            ("Stopped again", [name for name in stopped if name not in replaced]),
            ("Ran before and does no longer (it was to run with other settings, or has ended)", replaced),
            ("Still running, as before", still),
        ):
            if names:
                self._steps.say(f"{what}: {', '.join(names)}.")

    def _own_processes(self) -> list[psutil.Process]:
        """All processes of this platform: the recorded ones, and an unrecorded database server."""
        recorded = [member for record in self.supervisor.records() for member in record.members()]
        return recorded + embedded_postgres(self.settings, self.supervisor).running()

    def _migrate(self) -> None:
        with self._steps.step("Databases migrated"):
            try:
                _in_parallel(migrate, self.services.values())
            except PlatformError as error:
                raise explained(error, self.settings) from error
        keep_issuer(self.settings)

    def _databases(self, servers: Servers) -> Mapping[str, str]:
        """A database for each service, with its DSN."""
        return {
            name: servers.postgres.ensure_database(
                f"grantstream_{name}",
                password=kept_password(self.settings.state_dir, name) if servers.own_roles else None,
            )
            for name in self._names
        }

    def _start_services(self) -> None:
        """Start the proxy and every role at once, then wait for each."""
        awaited: list[tuple[ProcessSpec, Callable[[], bool]]] = []
        for service in self.services.values():
            for role in ROLES:
                spec, port = service.spec(role), service.port(role)
                self._require_port(spec, port, f"{PREFIX}{service.name}_{_PORT_PREFIX[role]}port".upper())
                awaited.append((spec, self._readiness(role, port)))
        spec, port = proxy_spec(self.settings), self.settings.proxy_port
        self._require_port(spec, port, f"{PREFIX}PROXY_PORT")
        awaited.append((spec, lambda: status_of(port, "/") is not None))
        running = [(self.supervisor.ensure(spec), answers) for spec, answers in awaited]
        for process, answers in running:
            with self._steps.step(process.record.name) as step:
                wait_until_ready(process, answers, self.settings.start_seconds)
                step.result("was running" if process.was_running else "ready")

    def _readiness(self, role: str, port: int) -> Callable[[], bool]:
        """The check of a role. Any worker of a port may answer, so several workers get several connections."""
        connections = 2 * self.settings.http_workers if role == "http" else 1
        return lambda: is_ready(port, connections)

    def _require_port(self, spec: ProcessSpec, port: int, setting: str) -> None:
        """Require that `port` is free, or ours; the rest of an earlier process is stopped first."""
        if not self.supervisor.runs(spec):
            self.supervisor.stop(spec.name)
            require_free(port, spec.name, setting)

    def _describe(self, generated: Generated, servers: Servers, databases: Mapping[str, str]) -> Description:
        urls = {name: self.settings.url(service.http_port) for name, service in self.services.items()}
        workers = {name: self.settings.url(service.worker_port) for name, service in self.services.items()}
        admin = generated.admin_client
        return write_description(
            self.settings.state_dir,
            {
                "base": self.settings.base_url,
                **urls,
                "kafka": servers.kafka.bootstrap_servers,
                "postgres": databases,
                "workers": workers,
                "cli": {
                    "client_id": generated.client_ids["cli"],
                    "key_file": str(generated.key_file("cli").absolute()),
                },
                "admin_client": {"client_id": admin.client_id, "client_secret": admin.client_secret},
            },
        )

    def _seed(self) -> None:
        if "token" not in self.services:
            return
        with self._steps.step("First company, staff user and sandbox"):
            seeded = seed(self.services["token"])
        self.description = write_description(self.settings.state_dir, seeded)


_PORT_PREFIX = {"http": "", "worker": "worker_"}
"""The part before `port` in the name of a role's setting."""


def _in_parallel(work: Callable[[Service], None], services: Iterable[Service]) -> None:
    """Do the same for every service, in parallel; the first error is raised when all have ended."""
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(work, service) for service in services]:
            done.result()
