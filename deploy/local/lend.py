"""Servers lent to another program as long as it needs them: `python -m deploy.local.lend kafka|postgres|platform`.

Prints one line of JSON when all is ready, then waits until its standard input ends, because the borrower closed it or
died. Then it stops everything and removes its data. The test harness of the library starts its servers this way, since
the library itself imports nothing from here.
"""

import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psutil

from deploy.local.errors import PlatformError
from deploy.local.processes import Supervisor
from deploy.local.running_platform import Platform
from deploy.local.server_access import create_topics
from deploy.local.servers import embedded_kafka, embedded_postgres
from deploy.local.settings import LocalSettings

FOLDER_PREFIX: Final = "grantstream-lent-"
Lent = dict[str, Any]


def lend_kafka(folder: Path) -> Iterator[Lent]:
    """A broker with the topics of the register."""
    settings = LocalSettings.on_free_ports(folder)
    with embedded_kafka(settings, _supervisor(folder)) as broker:
        create_topics(broker.bootstrap_servers)
        yield {"kafka": broker.bootstrap_servers}


def lend_postgres(folder: Path) -> Iterator[Lent]:
    """A server, with its administrator's DSN."""
    settings = LocalSettings.on_free_ports(folder, postgres_durable=False)
    server = embedded_postgres(settings, _supervisor(folder))
    with server:
        yield {"postgres": server.dsn}
    server.remove_data()


def lend_platform(folder: Path) -> Iterator[Lent]:
    """The whole platform, described by its `platform.json` and the file's folder."""
    platform = Platform(LocalSettings.on_free_ports(folder, postgres_durable=False), die_with_parent=True)
    with platform:
        yield platform.description | {"state_dir": str(folder)}
    platform.remove_state()


LENDERS: Final[Mapping[str, Callable[[Path], Iterator[Lent]]]] = {
    "kafka": lend_kafka,
    "postgres": lend_postgres,
    "platform": lend_platform,
}


def main(what: str) -> int:
    """Lends until standard input ends; returns 1, with a text on standard error, if a server can't start."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # its log lines while a broker starts are no help
    try:
        with _own_folder() as folder, contextmanager(LENDERS[what])(folder) as lent:
            print(json.dumps(lent), flush=True)
            sys.stdin.read()
    except PlatformError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


@contextmanager
def _own_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can enter, removed at the end."""
    _remove_folders_of_killed_lenders()
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_folders_of_killed_lenders() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        pid = folder.name.removeprefix(FOLDER_PREFIX).split("-")[0]
        if folder.stat().st_uid == os.getuid() and pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _supervisor(folder: Path) -> Supervisor:
    return Supervisor(folder / "run", die_with_parent=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
