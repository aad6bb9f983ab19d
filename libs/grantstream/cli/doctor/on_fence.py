"""Which instances report on the fence, and which of its records are not believed."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka.errors import KafkaError

from grantstream.cli.doctor.finding import Finding, warning, well, wrong
from grantstream.cli.errors import CommandFailed
from grantstream.cli.observed import observed
from grantstream.cli.records import Span, read_records
from grantstream.cli.target import Target
from grantstream.contracts.events.fence import FenceReached
from grantstream.contracts.topics import FENCE
from grantstream.guard import EventRefused, Guard
from grantstream.guard.kafka_record import judge_record

_LOOK_BACK: Final = 15.0
"""Seconds. Every process reports once a second, and counts as gone after `max_staleness`, which is 8 s by default."""


async def examine_fence(target: Target) -> list[Finding]:
    """Judges the records of the last seconds as every process does."""
    try:
        async with observed(target) as process:
            records = [record async for record in read_records(target.kafka, [FENCE.name], Span(since=_LOOK_BACK))]
            instances, refused = _judged(process.event_guard, records)
            begins, hindrance = process.fence.covers_since, process.fence.hindrance
    except CommandFailed as error:
        return [wrong(str(error))]
    except (KafkaError, OSError) as error:
        return [
            wrong(f"The fence can't be read ({type(error).__name__}), so every process will soon refuse everything.")
        ]
    unfit = [wrong(f"The fence can't be followed: {hindrance}.")] if hindrance else []
    return [*unfit, *_findings(instances, refused), *_reach(begins)]


def _reach(begins: float) -> list[Finding]:
    """How far back the fence reaches, if that is less than the lifetime of tokens, as on a young platform."""
    if not 0 < begins < float("inf"):
        return []
    moment = datetime.fromtimestamp(begins, UTC)
    return [well(f"The fence begins at {moment:%Y-%m-%d %H:%M:%S} UTC: tokens from before that are refused.")]


def _judged(guard: Guard, records: list[Any]) -> tuple[dict[str, set[str]], Counter[str]]:
    """The instances of each service that reported and have not left, and the codes of refused records."""
    instances: dict[str, set[str]] = {}
    refused: Counter[str] = Counter()
    for record in records:
        try:
            event = judge_record(guard, record).data
        except EventRefused as refusal:
            refused[refusal.code] += 1
            continue
        if isinstance(event, FenceReached):
            of_service = instances.setdefault(event.service, set())
            (of_service.discard if event.leaving else of_service.add)(event.instance_id)
    return instances, refused


def _findings(instances: dict[str, set[str]], refused: Counter[str]) -> list[Finding]:
    faults = []
    if not any(instances.values()):
        faults.append(
            wrong(f"No process has spoken on the fence for {_LOOK_BACK:.0f} s: none is current, and all refuse.")
        )
    if refused:
        codes = ", ".join(f"{code} {count} times" for code, count in refused.most_common())
        faults.append(warning(f"Somebody writes to the fence what nobody believes ({codes})."))
    counts = ", ".join(f"{service} {len(of_service)}" for service, of_service in sorted(instances.items()))
    return faults or [well(f"Processes that speak on the fence: {counts}.")]
