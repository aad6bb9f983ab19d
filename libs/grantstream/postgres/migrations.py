"""Bringing a database's schema up to date with dbmate, from one or more folders of numbered `.sql` files.

Each folder has its own table of applied numbers, since a library's folder and a service's count on their own.
"""

import ipaddress
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import SecretStr

from grantstream.postgres.errors import MigrationFailed
from grantstream.postgres.pool import Connection, Pool, connection

_URL_VARIABLE: Final = "GRANTSTREAM_MIGRATED_DATABASE"
_LOCAL_NAMES: Final = frozenset({"", "localhost"})


@dataclass(frozen=True, slots=True)
class MigrationSet:
    """A folder of migrations, and the table that remembers which of them were applied."""

    folder: Path
    table: str = "schema_migrations"

    def numbers(self) -> list[str]:
        """The numbers of its files, in order."""
        return sorted(path.name.partition("_")[0] for path in self.folder.glob("*.sql"))


def migrate(dsn: SecretStr | str, *sets: MigrationSet, patience: float = 30.0) -> None:
    """Applies what is missing, set by set; several processes may do so at once.

    Waits up to `patience` seconds for the database. Raises MigrationFailed with the tool's words.
    """
    address = dsn.get_secret_value() if isinstance(dsn, SecretStr) else dsn
    for migration_set in sets:
        _run_dbmate(for_dbmate(address), migration_set, patience)


def migrate_or_exit(dsn: SecretStr | str, *sets: MigrationSet) -> None:
    """What a command does: applies what is missing; a failure is told, and ends the process with code 1."""
    try:
        migrate(dsn, *sets)
    except MigrationFailed as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None


async def pending(pool: Pool, *sets: MigrationSet) -> list[str]:
    """The migrations that were not applied, as `table:number`. Raises DatabaseError."""
    async with connection(pool) as acquired:
        missing: list[str] = []
        for migration_set in sets:
            missing += await _missing(acquired, migration_set)
        return missing


def for_dbmate(dsn: str) -> str:
    """The DSN with `sslmode=disable` for a database on this machine, unless it says otherwise.

    dbmate's driver insists on TLS by default, and a local server rarely has it.
    """
    parts = urlsplit(dsn)
    options = dict(parse_qsl(parts.query))
    if "sslmode" in options or not _is_local(options.get("host") or parts.hostname or ""):
        return dsn
    return f"{dsn}{'&' if parts.query else '?'}sslmode=disable"


def _is_local(host: str) -> bool:
    if host in _LOCAL_NAMES or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _run_dbmate(address: str, migration_set: MigrationSet, patience: float) -> None:
    if not migration_set.folder.is_dir():
        raise MigrationFailed(f"there is no folder {migration_set.folder}")
    result = subprocess.run(  # noqa: S603 - our own arguments
        _command(migration_set, patience),
        # In the environment, since the arguments of a process can be read by everybody on the machine.
        env=os.environ | {_URL_VARIABLE: address},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        password = urlsplit(address).password
        output = (result.stderr + result.stdout).strip()
        raise MigrationFailed(output.replace(password, "***") if password else output)


def _command(migration_set: MigrationSet, patience: float) -> Sequence[str]:
    return [
        _dbmate(),
        f"--env={_URL_VARIABLE}",
        f"--env-file={os.devnull}",
        f"--migrations-dir={migration_set.folder}",
        f"--migrations-table={migration_set.table}",
        "--no-dump-schema",
        "--wait",
        f"--wait-timeout={patience}s",
        "--wait-interval=200ms",
        "--migration-lock",
        "migrate",
        "--strict",
    ]


def _dbmate() -> str:
    beside_python = Path(sysconfig.get_path("scripts")) / "dbmate"
    program = str(beside_python) if beside_python.exists() else shutil.which("dbmate")
    if program is None:
        raise MigrationFailed("dbmate is not installed")
    return program


async def _missing(acquired: Connection, migration_set: MigrationSet) -> list[str]:
    table = migration_set.table
    exists = await acquired.fetchval("select to_regclass($1) is not null", table)
    applied: set[str] = set()
    if exists:
        rows = await acquired.fetch(f"select version from {table}")  # noqa: S608 - our own name
        applied = {row["version"] for row in rows}
    return [f"{table}:{number}" for number in migration_set.numbers() if number not in applied]
