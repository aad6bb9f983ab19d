"""Rebuilding a projection: `python -m tests.bench.bench_rebuild`.

Target: 20,000 events a second without proofs checked, which only this measurement can leave out; beside it the figure
with them. The baselines believe everything: bare `getmany`, reading the events, and the same rows into the same table,
by COPY, and row by row in transactions as live consumers do. Every event is of another
application at first, the worst case; then each has ten.
"""

import asyncio
import time
import uuid
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from grantstream.contracts.events.registration import AppModified
from grantstream.events.consuming.projection import content_sha256
from grantstream.events.replay.rebuild import rebuild, reduced_gc
from grantstream.guard import Guard
from grantstream.guard.event_proof import ProofCheck
from grantstream.testing import Mint
from tests.bench.event_servers import Servers, servers
from tests.integration.events.rebuilding import GROUP_ID, append_all
from tests.integration.events.support import APPS, PROJECTION, app_state

EVENTS = 60_000
ROUNDS = 3
BATCH = 2_000


class EverythingProven(ProofCheck):
    """Asks for no proof."""

    def refuse_unproven(self, *_: Any, **__: Any) -> None:
        """Believes."""


def without_proofs(guard: Guard) -> Guard:
    """A guard for this measurement alone."""
    guard._proofs = EverythingProven(1)
    return guard


async def bare_rate(place: Servers, connection: asyncpg.Connection, *, copied: bool) -> float:
    """Events per second of a loop that believes everything."""
    await connection.execute("truncate app")
    consumer = AIOKafkaConsumer(
        bootstrap_servers=place.bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    began = time.perf_counter()
    await consumer.start()
    partitions = [TopicPartition("app.modified", number) for number in range(6)]
    consumer.assign(partitions)
    left = sum((await consumer.end_offsets(partitions)).values())
    events = left
    while left:
        found = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
        states = [AppModified.model_validate_json(record.value) for records in found.values() for record in records]
        async with connection.transaction():
            await (_copy if copied else _one_by_one)(connection, states)
        left -= len(states)
    taken = time.perf_counter() - began
    await consumer.stop()
    return events / taken


async def _copy(connection: Any, states: list[AppModified]) -> None:
    rows = {state.app_id: (state.app_id, state.name, state.version, content_sha256(state)) for state in states}
    await connection.execute("create temp table if not exists incoming (like app) on commit delete rows")
    await connection.copy_records_to_table(
        "incoming", columns=("app_id", "name", "version", "content_sha256"), records=rows.values()
    )
    await connection.execute(
        """insert into app select * from incoming on conflict (app_id) do update
           set name = excluded.name, version = excluded.version, content_sha256 = excluded.content_sha256
           where app.version < excluded.version"""
    )


async def _one_by_one(connection: Any, states: list[AppModified]) -> None:
    for state in states:
        await APPS.take(connection, [state])


async def rebuilt_rate(place: Servers, guard: Guard) -> tuple[float, float, float]:
    """Events per second from the call to the swapped table; microseconds of this process's own time for each; and for
    how many milliseconds writers were held."""

    async def all_keys_are_known(_: float) -> None:
        pass

    own_time = time.process_time()
    report = await rebuild(
        APPS,
        group_id=GROUP_ID,
        dsn=place.dsn,
        bootstrap_servers=place.bootstrap_servers,
        guard=guard,
        catch_up_keys=all_keys_are_known,
    )
    assert report.events == EVENTS, report
    own_time = (time.process_time() - own_time) / EVENTS * 1_000_000
    return report.events / report.seconds, own_time, report.locked_seconds * 1000


async def measure(place: Servers, apps: int) -> None:
    """Fills the topic, then prints rates."""
    mint = Mint()
    ids = [str(uuid.uuid4()) for _ in range(apps)]
    versions = EVENTS // apps
    await append_all(
        place.bootstrap_servers, mint, [app_state(app_id, n) for n in range(1, versions + 1) for app_id in ids]
    )
    connection = await asyncpg.connect(place.dsn)
    await connection.execute(PROJECTION)
    figures: list[tuple[float, ...]] = []
    for _ in range(ROUNDS):
        row_by_row = await bare_rate(place, connection, copied=False)
        copied = await bare_rate(place, connection, copied=True)
        bare, bare_own, _ = await rebuilt_rate(place, without_proofs(mint.guard()))
        proven, proven_own, held = await rebuilt_rate(place, mint.guard())
        figures.append((row_by_row, copied, bare, bare_own, proven, proven_own, held))
        print(
            f"bare, row by row {row_by_row:6.0f}/s   bare, COPY {copied:6.0f}/s   rebuild without proofs {bare:6.0f}/s"
            f"   with proofs {proven:6.0f}/s   writers held {held:4.0f} ms",
            flush=True,
        )
    _, copied, bare, bare_own, proven, proven_own, held = (
        sorted(column)[ROUNDS // 2] for column in zip(*figures, strict=True)
    )
    print(
        f"{EVENTS} events of {apps} applications, median: {bare:.0f}/s without proofs (target 20,000;"
        f" {bare / copied:.2f} of bare COPY), {proven:.0f}/s with them; {bare_own:.0f} and {proven_own:.0f} us of this"
        f" process's own time for each; writers held {held:.0f} ms"
    )
    await connection.close()


def main() -> None:
    """Starts servers, measures, stops them; once for each number of applications."""
    for apps in (EVENTS, EVENTS // 10):
        # As the command does it; the baselines gain by it, too.
        with servers() as place, reduced_gc():
            asyncio.run(measure(place, apps))


if __name__ == "__main__":
    main()
