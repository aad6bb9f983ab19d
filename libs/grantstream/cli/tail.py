"""`grantstream events tail`: prints records of topics, and whether the guard believes each."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from grantstream.cli.errors import CommandFailed
from grantstream.cli.observed import observed
from grantstream.cli.output import AsJson, json_in, json_text, print_json, print_line
from grantstream.cli.records import Span, read_records
from grantstream.cli.target import DEFAULT_FILE, PlatformFile, Target, read_target
from grantstream.contracts.envelope import Envelope, MalformedEnvelope
from grantstream.contracts.topics import FENCE, TOPICS
from grantstream.guard import EventRefused, Guard
from grantstream.guard.kafka_record import judge_record

_LONGEST: Final = 80


@dataclass(frozen=True, slots=True)
class TailRecord:
    """One record to print. `refused`: the guard's code, or None if the record is believed."""

    appended_at: datetime
    topic: str
    partition: int
    offset: int
    key: str | None
    type: str | None
    producer: str | None
    refused: str | None
    data: Any


def tail(
    platform: PlatformFile = DEFAULT_FILE,
    topic: Annotated[list[str] | None, typer.Option("--topic", "-t", help="All but the fence by default.")] = None,
    key: Annotated[str | None, typer.Option("--key", "-k", help="Only records with this key.")] = None,
    since: Annotated[float | None, typer.Option(help="Seconds back from now; 0: only what is new.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as records come.")] = False,
    refused_only: Annotated[bool, typer.Option("--refused", help="Only what the guard does not believe.")] = False,
    data: Annotated[bool, typer.Option("--data", help="Show what the events say, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show records of topics, oldest first within each partition, and whether each is verified."""
    chosen = _chosen(topic)

    async def run() -> None:
        async for record in _judged_records(read_target(platform), chosen, Span(since, follow)):
            if (key is None or record.key == key) and (record.refused is not None or not refused_only):
                _print(record, data=data, as_json=as_json)

    asyncio.run(run())


def _chosen(named: Sequence[str] | None) -> list[str]:
    unknown = [name for name in named or () if name not in TOPICS]
    if unknown:
        raise CommandFailed(f"There is no topic {', '.join(unknown)}; there are {', '.join(sorted(TOPICS))}.")
    return list(named) if named else [name for name in TOPICS if name != FENCE.name]


async def _judged_records(target: Target, topics: list[str], span: Span) -> AsyncIterator[TailRecord]:
    async with observed(target) as process:
        async for record in read_records(target.kafka, topics, span):
            yield judged_record(process.event_guard, record)


def judged_record(guard: Guard, record: Any) -> TailRecord:
    """A judged record of aiokafka's. A refused one is decoded as far as possible, without its token's claims."""
    refused: str | None = None
    producer: str | None = None
    try:
        producer = judge_record(guard, record).claims.client_id
    except EventRefused as refusal:
        refused = refusal.code
    return TailRecord(
        appended_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=None if record.key is None else record.key.decode(errors="replace"),
        type=_type(record),
        producer=producer,
        refused=refused,
        data=_decoded(record.value),
    )


def _type(record: Any) -> str | None:
    try:
        return Envelope.from_headers(record.headers).type
    except MalformedEnvelope:
        return None


def _decoded(value: bytes | None) -> Any:
    try:
        return None if value is None else json_in(value)
    except ValueError:
        return f"{len(value or b'')} bytes that are not JSON"


def _print(record: TailRecord, *, data: bool, as_json: bool) -> None:
    if as_json:
        left_out = set() if data else {"data"}
        fields = {name: getattr(record, name) for name in TailRecord.__dataclass_fields__ if name not in left_out}
        print_json(fields | {"verified": record.refused is None})
        return
    mark = Text("verified", "green") if record.refused is None else Text(f"REFUSED {record.refused}", "bold red")
    version = record.data.get("version") if isinstance(record.data, dict) else None
    line = Text(
        f"{record.appended_at:%Y-%m-%d %H:%M:%S.%f}"[:-3] + f"  {record.topic}/{record.partition}@{record.offset}  "
    )
    line.append(f"{(record.key or '(no key)')[:_LONGEST]}  {(record.type or '?')[:_LONGEST]}")
    line.append(f" v{version}  " if isinstance(version, int) else "  ")
    line.append(f"by {record.producer}  " if record.producer else "")
    print_line(line + mark)
    if data:
        typer.echo(json_text(record.data, indented=True))
