"""PostgreSQL and Kafka as their clients reach them, ours or given ones: do they answer, and what is made there.

Databases and roles are made through an administrator's connection, topics from their register.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from grantstream.postgres.passing import STATEMENT_FAILURES

CONNECT_SECONDS = 5.0
ANSWER_MILLISECONDS = 2000

Result = TypeVar("Result")


@dataclass(frozen=True)
class PostgresAccess:
    """A PostgreSQL server, accessed as an administrator."""

    dsn: str
    """`postgresql://user:password@host:port/database` of a role that may create databases."""

    def ensure_database(self, name: str, *, password: str | None) -> str:
        """Create database `name` if it is missing, and return its DSN.

        With a password, its owner is a login role of the same name, with that password, and no other role may connect;
        without, it belongs to the administrator (on a given server, where we create no roles).
        """
        run_in_thread(_ensure_database(self.dsn, name, password))
        return with_database(self.dsn, name, user=None if password is None else name, password=password)

    def answers(self) -> bool:
        """Whether the server accepts our login now."""
        try:
            run_in_thread(execute(self.dsn, "select 1"))
        except STATEMENT_FAILURES:
            return False
        return True


@dataclass(frozen=True)
class KafkaAccess:
    """A Kafka cluster that clients can reach."""

    bootstrap_servers: str

    def answers(self) -> bool:
        """Whether a broker answers as a member of the cluster."""
        return bool(brokers_seen(self.bootstrap_servers))


def create_topics(bootstrap_servers: str) -> list[str]:
    """Create every topic that doesn't exist yet and return the names of the new ones."""
    # Here, not at the top: a test that needs only a broker needs none of the product's message code.
    from grantstream.kafka.topic_admin import apply_topics

    return run_in_thread(apply_topics(bootstrap_servers))


def brokers_seen(bootstrap_servers: str) -> set[int]:
    """The brokers that the cluster counts as alive; empty if no broker answers."""
    return run_in_thread(ask_cluster(bootstrap_servers, _brokers, set()))


async def ask_cluster(
    bootstrap_servers: str, ask: Callable[[AIOKafkaAdminClient], Awaitable[Result]], otherwise: Result
) -> Result:
    """The cluster's answer, from a broker that accepts connections."""
    places = [place for place in bootstrap_servers.split(",") if await _takes_connections(place)]
    if not places:
        return otherwise
    admin = AIOKafkaAdminClient(bootstrap_servers=places, request_timeout_ms=ANSWER_MILLISECONDS)
    try:
        await admin.start()
        return await ask(admin)
    except (KafkaError, OSError, TimeoutError):
        return otherwise
    finally:
        await admin.close()


def with_database(dsn: str, name: str, *, user: str | None = None, password: str | None = None) -> str:
    """The same server's DSN for another database, and for another role if one is given."""
    parts = urlsplit(dsn)
    place = parts.netloc
    if user is not None and password is not None:
        place = f"{quote(user, safe='')}:{quote(password, safe='')}@{place.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=place, path=f"/{quote(name, safe='')}"))


async def execute(dsn: str, statement: str) -> None:
    """Execute one statement on a connection of its own."""
    connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def quoted(name: str) -> str:
    """A name in a statement, for names that are no parameters."""
    return '"' + name.replace('"', '""') + '"'


def run_in_thread(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` on a new event loop in a new thread and return its result or raise its error."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _brokers(admin: AIOKafkaAdminClient) -> set[int]:
    cluster: dict[str, Any] = await admin.describe_cluster()
    return {broker["node_id"] for broker in cluster["brokers"]}


async def _takes_connections(place: str) -> bool:
    """Whether a broker accepts connections; checked first, since the client would log each failure as an error."""
    host, _, port = place.rpartition(":")
    try:
        async with asyncio.timeout(ANSWER_MILLISECONDS / 1000):
            _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def _ensure_database(dsn: str, name: str, password: str | None) -> None:
    connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
    try:
        if password is not None:
            if not await connection.fetchval("select 1 from pg_roles where rolname = $1", name):
                await connection.execute(f"create role {quoted(name)} login")
            await connection.execute(f"alter role {quoted(name)} password {_literal(password)}")
        if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
            owner = "" if password is None else f" owner {quoted(name)}"
            await connection.execute(f"create database {quoted(name)}{owner}")
        if password is not None:
            await connection.execute(f"revoke connect on database {quoted(name)} from public")
    finally:
        await connection.close()


def _literal(text: str) -> str:
    """A string literal, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"
