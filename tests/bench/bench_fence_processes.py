"""From a change to "reached by all": `python -m tests.bench.bench_fence_processes [processes ...]`.

Target: 12 processes, 200 changes/s, p99 of 100 ms. Every process is one of the operating system, with a fence of its
own, set up as a service's is; one of them changes things and waits. The baseline is a producer and one reader without
guard or proofs: the time until a record is read back. How many processes it holds up to is the largest count that keeps
the target on a machine.

The broker has just been started, and compiles itself in its first quarter of a minute under load, on the cores that the
processes need; what happens then is told apart.
"""

import asyncio
import multiprocessing
import sys
import time
import uuid
from multiprocessing.synchronize import Event

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.no_op import no_op
from grantstream.contracts.topics import FENCE
from grantstream.contracts.void import VoidBelow
from grantstream.events.producing.outbox import prepared
from grantstream.events.producing.sender import event_records
from grantstream.fence import FenceSettings, Identity
from grantstream.guard import KeySet
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.proof import Credential, ProofKey
from grantstream.service.process import exempt_from_collection
from grantstream.testing import Mint
from grantstream.testing.mint import ISSUER, producer_claims
from tests.bench.event_servers import Servers, servers
from tests.integration.events.support import NOW, SOURCE

COUNTS = (12, 24)
PER_SECOND = 200
WARM_UP = 3_000
CHANGES = 3_000
WINDOW = 0.005
"""Seconds for which changes are gathered before they are signed and sent together, as a relay's would be."""


class OwnCredential:
    """A token bound to a key of this process."""

    def __init__(self, mint: Mint, client_id: str) -> None:
        key = ProofKey.generate()
        token = mint.token(producer_claims(client_id=client_id, confirmation_thumbprint=key.thumbprint))
        self._credential = Credential(token, key)

    async def current(self) -> Credential:
        """The same for as long as this runs."""
        return self._credential


def _process(place: str, keys: KeySet, mint: Mint) -> GuardedProcess:
    client_id = str(uuid.uuid4())
    return GuardedProcess(
        Identity(client_id, str(uuid.uuid4()), "bench", "other"),
        FenceSettings(),
        issuer=ISSUER,
        bootstrap_servers=place,
        keys=keys,
        token=OwnCredential(mint, client_id),
        count_refusal=no_op,
    )


def watch(place: str, mint: Mint, ready: Event, stop: Event) -> None:
    """A process that only watches."""

    async def run() -> None:
        process = _process(place, mint.keys(), mint)
        await process.start()
        exempt_from_collection()
        ready.set()
        while not stop.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        await process.stop()

    uvloop.run(run())


async def times_of(place: Servers, mint: Mint, processes: int) -> tuple[list[float], list[float]]:
    """Milliseconds from each change's commit to "reached by all", in order of size: at first, and then."""
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    readies = [context.Event() for _ in range(processes - 1)]
    others = [context.Process(target=watch, args=(place.bootstrap_servers, mint, ready, stop)) for ready in readies]
    for other in others:
        other.start()
    own = _process(place.bootstrap_servers, mint.keys(), mint)
    try:
        await own.start()
        for ready in readies:
            await asyncio.to_thread(ready.wait, 60)
        exempt_from_collection()
        return sorted(await _measured(place, mint, own, WARM_UP)), sorted(await _measured(place, mint, own, CHANGES))
    finally:
        stop.set()
        await own.stop()
        for other in others:
            await asyncio.to_thread(other.join, 10)
            other.kill()


async def _measured(place: Servers, mint: Mint, own: GuardedProcess, changes: int) -> list[float]:
    times: list[float] = []
    credential = mint.credential()

    async def reached(began: float, subject: str) -> None:
        status = await own.fence.wait_until_reached(subject, 2, limit=30.0)
        assert status.reached
        times.append((time.perf_counter() - began) * 1000)

    async with AIOKafkaProducer(bootstrap_servers=place.bootstrap_servers, enable_idempotence=True) as producer:
        tasks, sent, began = [], 0, time.perf_counter()
        while sent < changes:
            await asyncio.sleep(WINDOW)
            due = min(changes, int((time.perf_counter() - began) * PER_SECOND))
            waiting = [(time.perf_counter(), subjects.app(str(uuid.uuid4()))) for _ in range(due - sent)]
            sent = due
            events = [prepared(_change(subject), source=SOURCE, now=NOW) for _, subject in waiting]
            for record in event_records(events, credential) if events else ():
                await producer.send(record.topic, record.value, key=record.key, headers=list(record.headers))
            tasks += [asyncio.create_task(reached(at, subject)) for at, subject in waiting]
        await asyncio.gather(*tasks)
    return times


def _change(subject: str) -> PermissionChanged:
    return PermissionChanged(subject=subject, version=2, void_below=VoidBelow(version=2))


async def bare_times(place: Servers) -> list[float]:
    """Milliseconds until a record at the same pace is read back by one bare reader."""
    sent_at: dict[bytes, float] = {}
    times: list[float] = []
    partition = TopicPartition(FENCE.name, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=place.bootstrap_servers, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([partition])
    await consumer.seek_to_end(partition)

    async def read() -> None:
        while len(times) < CHANGES:
            records = (await consumer.getmany(partition, timeout_ms=500)).get(partition, ())
            times.extend((time.perf_counter() - sent_at[record.key]) * 1000 for record in records)

    reading = asyncio.create_task(read())
    async with AIOKafkaProducer(bootstrap_servers=place.bootstrap_servers, enable_idempotence=True) as producer:
        began = time.perf_counter()
        for number in range(CHANGES):
            await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
            key = uuid.uuid4().bytes
            sent_at[key] = time.perf_counter()
            await producer.send(FENCE.name, b"{}", key=key, partition=0)
        await reading
    await consumer.stop()
    return sorted(times)


def _told(name: str, times: list[float]) -> None:
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(f"{name:36} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   at {PER_SECOND} changes/s", flush=True)


async def measure(place: Servers, counts: list[int]) -> None:
    """Prints both quantiles for each count."""
    mint = Mint()
    for count in counts:
        at_first, then = await times_of(place, mint, count)
        _told(f"{count} processes, reached by all at first", at_first)
        _told(f"{count} processes, reached by all", then)
    _told("bare, read back by one", await bare_times(place))
    print("target: p99 of 100 ms with 12 processes")


def main() -> None:
    """Starts servers, measures, stops them."""
    counts = [int(count) for count in sys.argv[1:]] or list(COUNTS)
    with servers() as place:
        uvloop.run(measure(place, counts))


if __name__ == "__main__":
    main()
