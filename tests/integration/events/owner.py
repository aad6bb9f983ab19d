"""An owner of applications: a table of rows, an outbox with its relay, and the sweep of its topics."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from grantstream.contracts.events.registration import AppModified
from grantstream.contracts.topics import APP_DELETED, APP_MODIFIED, APP_REGISTERED, SECRET_ROTATED
from grantstream.events.producing.outbox import append_all
from grantstream.events.relaying.owned_states import OwnedStates
from grantstream.events.relaying.relay import Relay
from grantstream.events.relaying.sweep import OwnerSweep, SweepObserver, SweepReport, SweepSettings
from grantstream.testing import FixedCredentials, Mint, signed_record
from tests.integration.events.relaying import until_relayed
from tests.integration.events.support import SOURCE, Topics, app_state, event_of

OWNED_TOPICS = (APP_REGISTERED, APP_MODIFIED, APP_DELETED, SECRET_ROTATED)
QUICK = SweepSettings(every=0.2, look_every=0.1, first_pause=0.1, longest_pause=0.5)


class Owner:
    """A service that owns applications. `outcomes`: of its sweeps, all but the right ones."""

    def __init__(self, pool: asyncpg.Pool, topics: Topics, mint: Mint) -> None:
        self.pool, self.topics, self.mint = pool, topics, mint
        self.outcomes: list[str] = []
        self.keys_on_their_way: list[Any] = []
        self.owned = OwnedStates(name="apps", topics=OWNED_TOPICS, find=self._find, keys=self._keys)

    async def make_table(self) -> None:
        await self.pool.execute(
            "create table owned (app_id text primary key, version bigint not null, deleted boolean not null)"
        )

    async def set(self, app_id: str, version: int, *, deleted: bool = False) -> None:
        await self.pool.execute(
            "insert into owned values ($1, $2, $3) on conflict (app_id) do update set version = $2, deleted = $3",
            app_id, version, deleted,
        )  # fmt: skip

    async def _find(self, connection: Any, key: str) -> AppModified | None:
        row = await connection.fetchrow("select * from owned where app_id = $1 for update", key)
        return None if row is None else app_state(key, row["version"], deleted=row["deleted"])

    async def _keys(self, connection: Any, after: str, limit: int) -> list[str]:
        sql = "select app_id from owned where app_id > $1 order by app_id limit $2"
        return [row["app_id"] for row in await connection.fetch(sql, after, limit)]

    async def publish(self, *states: Any) -> None:
        """Through the outbox, as the owner does, in this order."""
        await append_all(self.pool, [event_of(state) for state in states])
        await until_relayed(self.pool)

    async def append(self, *records: Any) -> None:
        """Past the outbox, as anybody with a connection to the broker can."""
        producer = AIOKafkaProducer(bootstrap_servers=self.topics.bootstrap_servers, acks="all")
        await producer.start()
        try:
            for record in records:
                await producer.send_and_wait(
                    record.topic, record.value, key=record.key, headers=list(record.headers or ())
                )
        finally:
            await producer.stop()

    def record(self, state: Any) -> Any:
        return signed_record(self.mint.token(), state)

    async def versions(self, app_id: str, topic: str = APP_MODIFIED.name) -> list[int | None]:
        """Of all records of a key on a topic, in order; None for what is no state."""
        records = await self.topics.records(topic, lambda record: record.key == app_id.encode())
        return [AppModified.model_validate_json(record.value).version if record.value else None for record in records]

    def sweeper(
        self,
        kind: type[OwnerSweep] = OwnerSweep,
        is_active: Callable[[], bool] = lambda: True,
        owned: OwnedStates | None = None,
        **settings: Any,
    ) -> OwnerSweep:
        keys = self.mint.keys()

        async def catch_up_with_keys(_limit: float) -> None:
            for jwk in self.keys_on_their_way:
                keys.add(jwk)

        return kind(
            self.topics.bootstrap_servers,
            self.mint.guard(keys=keys),
            catch_up_with_keys,
            self.pool,
            [owned or self.owned],
            source=SOURCE,
            is_active=is_active,
            settings=replace(QUICK, **settings),
            observer=SweepObserver(outcome=lambda _topic, outcome: self.outcomes.append(outcome)),
        )

    async def sweep(self, **settings: Any) -> SweepReport:
        """One sweep, with all that it appends on its topic."""
        report = await self.sweeper(**settings).sweep(self.owned)
        await until_relayed(self.pool)
        return report


@asynccontextmanager
async def owning(pool: asyncpg.Pool, dsn: str, topics: Topics, mint: Mint) -> AsyncIterator[Owner]:
    """An owner whose relay runs."""
    owner = Owner(pool, topics, mint)
    await owner.make_table()
    async with running(Relay(dsn, topics.bootstrap_servers, FixedCredentials.of(mint.token()))):
        yield owner


@asynccontextmanager
async def running(job: Any) -> AsyncIterator[Any]:
    """A job that must not end by itself."""
    task = asyncio.create_task(job.run())
    try:
        yield job
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
