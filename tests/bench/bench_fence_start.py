"""How long a guard takes to start with 100,000 rules in the window: `python -m tests.bench.bench_fence_start`.

Target: 5 s without proofs checked, which only this measurement can leave out; beside it the figure with them, at
several sizes of the windows in which they were signed. The baseline reads the same records and believes them.
"""

import asyncio
import time
import uuid

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.no_op import no_op
from grantstream.contracts.topics import FENCE
from grantstream.contracts.void import VoidBelow
from grantstream.events.producing.outbox import prepared
from grantstream.events.producing.sender import event_records
from grantstream.fence import FenceSettings, Identity, RuleBook
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.testing import FixedCredentials, Mint
from grantstream.testing.mint import ISSUER
from tests.bench.bench_rebuild import without_proofs
from tests.bench.event_servers import Servers, servers
from tests.integration.events.support import NOW, SOURCE

RULES = 100_000
ROUNDS = 3
WINDOWS = (1, 20, 200)
PARTITION = TopicPartition(FENCE.name, 0)


def _change() -> PermissionChanged:
    subject = subjects.enablement(str(uuid.uuid4()), str(uuid.uuid4()))
    return PermissionChanged(subject=subject, version=7, void_below=VoidBelow(version=7))


async def fill(place: Servers, mint: Mint, window: int) -> None:
    """So many rules on the fence."""
    credential = mint.credential()
    async with AIOKafkaProducer(bootstrap_servers=place.bootstrap_servers, max_batch_size=262_144) as producer:
        sends = []
        for _ in range(RULES // window):
            events = [prepared(_change(), source=SOURCE, now=NOW) for _ in range(window)]
            sends += [
                await producer.send(record.topic, record.value, key=record.key, headers=list(record.headers))
                for record in event_records(events, credential)
            ]
        await asyncio.gather(*sends)


async def started(place: Servers, mint: Mint, *, with_proofs: bool) -> float:
    """Seconds until a process may serve."""
    process = GuardedProcess(
        Identity("producer", str(uuid.uuid4()), "bench", "other"),
        FenceSettings(),
        issuer=ISSUER,
        bootstrap_servers=place.bootstrap_servers,
        keys=mint.keys(),
        token=FixedCredentials.of(mint.token()),
        count_refusal=no_op,
    )
    if not with_proofs:
        without_proofs(process.event_guard)
    began = time.perf_counter()
    await process.start()
    taken = time.perf_counter() - began
    assert len(process.fence.rules) == RULES
    await process.stop()
    return taken


async def bare(place: Servers) -> float:
    """Seconds to read and believe the same records."""
    book = RuleBook()
    began = time.perf_counter()
    consumer = AIOKafkaConsumer(bootstrap_servers=place.bootstrap_servers, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([PARTITION])
    await consumer.seek_to_beginning(PARTITION)
    while len(book) < RULES:
        for record in (await consumer.getmany(PARTITION, timeout_ms=1000, max_records=2_000)).get(PARTITION, ()):
            if b"reached" not in dict(record.headers)["ce_type"]:
                change = PermissionChanged.model_validate_json(record.value)
                book.apply(change, offset=record.offset, appended_at=record.timestamp / 1000)
    taken = time.perf_counter() - began
    await consumer.stop()
    return taken


async def measure(place: Servers, window: int) -> None:
    """Prints medians."""
    mint = Mint()
    await fill(place, mint, window)
    figures = []
    for _ in range(ROUNDS):
        plain = await started(place, mint, with_proofs=False)
        proven = await started(place, mint, with_proofs=True)
        figures.append((await bare(place), plain, proven))
    read, plain, proven = (sorted(column)[ROUNDS // 2] for column in zip(*figures, strict=True))
    print(
        f"{RULES:,} rules, signed {window:3} at once: {plain:.1f} s without proofs (target 5), "
        f"{proven:.1f} s with them; read and believed {read:.1f} s",
        flush=True,
    )


def main() -> None:
    """Starts servers, measures, stops them; a fence is never emptied, so each window has its own."""
    for window in WINDOWS:
        with servers() as place:
            asyncio.run(measure(place, window))


if __name__ == "__main__":
    main()
