"""What the tests of events share: a producer, reading topics, a small projection, waiting on a condition."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.registration import AppModified, AppRegistered, AppState, Visibility
from grantstream.contracts.topics import TOPICS
from grantstream.events.consuming.kept_places import NewPlace, begin_places
from grantstream.events.consuming.projections import Applied, project
from grantstream.events.consuming.received import ReceivedEnvelope
from grantstream.events.dead.dead_letter_headers import GROUP
from grantstream.events.producing.outbox import OutboxEvent, prepared
from grantstream.kafka.topic_description import describe_topics
from grantstream.testing.records import signed_headers

MIGRATIONS = Path(__file__).parents[3] / "libs" / "grantstream" / "events" / "migrations"
SOURCE = "urn:grantstream:service:registration"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

PROJECTION = """
create table app (app_id text primary key, name text not null, version bigint not null, content_sha256 bytea not null)
"""


def app_state(app_id: str | None = None, version: int = 1, kind: type[AppState] = AppModified, **changes: Any) -> Any:
    """An application as of a version."""
    fields: dict[str, Any] = {
        "app_id": app_id or str(uuid.uuid4()),
        "version": version,
        "company_id": "company",
        "company_domain": "example.com",
        "name": f"name {version}",
        "description": "",
        "active": True,
        "visibility": Visibility.PRIVATE,
        "apis": (),
        "sensitive_data_groups": (),
        "scopes": (),
        "allowed_grants": (),
        "redirect_uris": (),
        "environment": "test",
        "secrets": (),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return kind(**(fields | changes))


def registered(app_id: str | None = None, version: int = 1) -> AppRegistered:
    """An application that came into being."""
    return app_state(app_id, version, AppRegistered)  # type: ignore[no-any-return]


async def upsert_app(connection: Any, state: AppState, content_sha256: bytes, /) -> Any:
    """The upsert of the small projection."""
    return await connection.fetchval(
        """insert into app values ($1, $2, $3, $4) on conflict (app_id) do update
           set name = excluded.name, version = excluded.version, content_sha256 = excluded.content_sha256
           where app.version < excluded.version returning true""",
        state.app_id,
        state.name,
        state.version,
        content_sha256,
    )


async def stored_app(connection: Any, state: AppState, /) -> Any:
    """The row that it met."""
    return await connection.fetchrow("select version, content_sha256 from app where app_id = $1", state.app_id)


async def stored_apps(connection: Any, states: Sequence[Any]) -> Mapping[str, Any]:
    """The rows of several, by subject."""
    rows = await connection.fetch(
        "select app_id, version, content_sha256 from app where app_id = any($1::text[])",
        [state.app_id for state in states],
    )
    return {f"app/{row['app_id']}": row for row in rows}


async def upsert_apps(connection: Any, states: Sequence[Any], contents: Sequence[bytes]) -> None:
    """The upsert of several at once."""
    await connection.execute(
        """insert into app (app_id, name, version, content_sha256)
           select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[])
           on conflict (app_id) do update
           set name = excluded.name, version = excluded.version, content_sha256 = excluded.content_sha256
           where app.version < excluded.version""",
        [state.app_id for state in states],
        [state.name for state in states],
        [state.version for state in states],
        contents,
    )


async def project_app(connection: Any, state: AppState, _envelope: ReceivedEnvelope | None = None) -> Applied:
    """A handler."""
    return await project(connection, upsert=upsert_app, stored=stored_app, state=state)


APP_HANDLERS = dict.fromkeys(
    ("app.registered", "app.modified", "app.deleted", "app.reviewed", "secret.rotated"), project_app
)


async def apply_migrations(connection: Any) -> None:
    """The up half of each migration."""
    for path in sorted(MIGRATIONS.glob("*.sql")):
        await connection.execute(path.read_text().partition("-- migrate:down")[0])


class Topics:
    """Writes to and reads from the broker's topics."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._ends: dict[str, dict[TopicPartition, NewPlace]] = {}

    async def send(self, event: OutboxEvent, token: str | None, **changes: Any) -> Any:
        """Appends one event as a producer would, who proves what is sent; `changes`: topic, key, headers, value."""
        record: dict[str, Any] = {
            "topic": event.topic,
            "key": event.key.encode(),
            "value": event.data,
            "headers": envelope_headers(event),
        } | changes
        if token is not None:
            record["headers"] = signed_headers(token, **record)
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap_servers, acks="all")
        await producer.start()
        try:
            return await producer.send_and_wait(**record)
        finally:
            await producer.stop()

    async def group_at_end(self, topics: Iterable[str] = APP_HANDLERS) -> str:
        """A new consumer group that starts with what is appended from now on."""
        group_id = f"group-{uuid.uuid4()}"
        async with _consumer(self.bootstrap_servers, group_id) as consumer:
            partitions = _partitions(topics)
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            await consumer.commit(ends)
            described = await describe_topics(consumer._client, set(topics))
        self._ends[group_id] = {each: NewPlace(described[each.topic].topic_id, end) for each, end in ends.items()}
        return group_id

    async def keep_places(self, pool: Any, group_id: str) -> None:
        """Lets a group begin where `group_at_end` found the ends, the first time that it comes to its database."""
        places = self._ends.pop(group_id, None)
        if places is not None and pool is not None:
            with suppress(asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
                await begin_places(pool, group_id, places)

    async def committed(self, group_id: str, place: Any) -> int:
        """The offset that a group has committed where a record was appended."""
        async with _consumer(self.bootstrap_servers, group_id) as consumer:
            return int(await consumer.committed(TopicPartition(place.topic, place.partition)) or 0)

    async def end_of(self, place: Any) -> int:
        """Where the partition ends in which a record was appended."""
        partition = TopicPartition(place.topic, place.partition)
        async with _consumer(self.bootstrap_servers, None) as consumer:
            return int((await consumer.end_offsets([partition]))[partition])

    async def records(self, topic: str, wanted: Callable[[Any], bool] = lambda _: True) -> list[Any]:
        """All records that stand in a topic now."""
        partitions = [
            TopicPartition(topic, number) for number in range(TOPICS[topic].partitions if topic in TOPICS else 1)
        ]
        async with _consumer(self.bootstrap_servers, None) as consumer:
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[Any] = []
            while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found += batch
        return [record for record in found if wanted(record)]

    async def dead_letters(self, topic: str, group_id: str) -> list[Any]:
        """What a group has set aside."""
        return await self.records(f"{topic}.dead", lambda record: dict(record.headers)[GROUP] == group_id.encode())


class _consumer:
    def __init__(self, bootstrap_servers: str, group_id: str | None) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            group_id=group_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )

    async def __aenter__(self) -> Any:
        await self._consumer.start()
        return self._consumer

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()


def _partitions(topics: Iterable[str]) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for topic in topics for number in range(TOPICS[topic].partitions)]


def envelope_headers(event: OutboxEvent) -> list[tuple[str, bytes]]:
    """The headers of an event without a token."""
    return Envelope(
        id=event.id,
        type=event.type,
        source=event.source,
        subject=event.subject,
        time=event.time,
        dataschema=event.dataschema,
    ).headers()


def event_of(state: Any) -> OutboxEvent:
    """The event of a state, ready to be sent."""
    return prepared(state, source=SOURCE, now=NOW)


async def version_of(pool: asyncpg.Pool, app_id: str) -> int | None:
    """The version that the small projection has."""
    return await pool.fetchval("select version from app where app_id = $1", app_id)  # type: ignore[no-any-return]
