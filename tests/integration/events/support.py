"""What the tests of events share: a producer, reading topics, a small projection, waiting on a condition."""

import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from grantstream.contracts import subjects
from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.registration import AppModified, AppRegistered, AppState, Visibility
from grantstream.contracts.topics import (
    APP_DELETED,
    APP_MODIFIED,
    APP_REGISTERED,
    APP_REVIEWED,
    SECRET_ROTATED,
    TOPICS,
)
from grantstream.events.consuming.kept_offsets import NewOffset, begin_offsets
from grantstream.events.consuming.projection import Projection, handlers_of
from grantstream.events.dead.copies import GROUP
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


APPS = Projection[AppState](
    name="apps",
    table="app",
    key=("app_id",),
    topics=(APP_REGISTERED, APP_MODIFIED, APP_DELETED, APP_REVIEWED, SECRET_ROTATED),
    subject=subjects.app,
    row=lambda app: {"app_id": app.app_id, "name": app.name},
)
"""A small projection, which is also a handler."""

project_app = APPS
APP_HANDLERS = handlers_of([APPS])


async def apply_migrations(connection: Any) -> None:
    """The up half of each migration."""
    for path in sorted(MIGRATIONS.glob("*.sql")):
        await connection.execute(path.read_text().partition("-- migrate:down")[0])


class Topics:
    """Writes to and reads from the broker's topics."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._ends: dict[str, dict[TopicPartition, NewOffset]] = {}

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
        self._ends[group_id] = {each: NewOffset(described[each.topic].topic_id, end) for each, end in ends.items()}
        return group_id

    async def keep_offsets(self, pool: Any, group_id: str) -> None:
        """Lets a group begin where `group_at_end` found the ends, the first time that it comes to its database."""
        places = self._ends.pop(group_id, None)
        if places is not None and pool is not None:
            with suppress(asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
                await begin_offsets(pool, group_id, places)

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
