"""Databases for tests: each its own, empty or a copy of another one."""

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.local.server_access import execute, quoted, run_in_thread, with_database


@dataclass(frozen=True)
class DatabaseServer:
    """A PostgreSQL server on which tests make databases."""

    dsn: str
    """`postgresql://user:password@host:port/database` of a role that may create databases."""

    def fresh_database(self, template: str | None = None) -> str:
        """Create a database and return its DSN; it lasts until `drop_database`, or until the server's data go.

        It is empty, or a copy of the one with the DSN `template`, to which no client may be connected.
        """
        name = f"test_{secrets.token_hex(8)}"
        copied = "" if template is None else f" template {quoted(_name_in(template))}"
        run_in_thread(execute(self.dsn, f"create database {quoted(name)}{copied}"))
        return with_database(self.dsn, name)

    def drop_database(self, dsn: str) -> None:
        """Drop the database of `dsn`, and close its connections."""
        run_in_thread(execute(self.dsn, f"drop database if exists {quoted(_name_in(dsn))} with (force)"))


def _name_in(dsn: str) -> str:
    return urlsplit(dsn).path.removeprefix("/")
