"""`python -m services.<name> dead list|show|redrive|dismiss`: what the service's group could not take.

Each line of the standard output is a JSON object. `list` needs the database alone, the others what `observing.py` says.
Exit code 1, and one sentence on the standard error: it could not work. Code 3: an event could not be taken.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

import orjson
import typer
from aiokafka.errors import KafkaError

from grantstream.events.consuming.applying import Applying
from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.consuming.judging import Judge
from grantstream.events.dead.copies import copy_of
from grantstream.events.dead.dead_letters import DeadLetters
from grantstream.events.dead.rows import DeadLetter, dismiss_dead_letter, read_dead_letters
from grantstream.events.errors import EventsError
from grantstream.kafka.errors import TopicFault
from grantstream.postgres.errors import DatabaseError, translated_errors
from grantstream.postgres.pool import Connection, connection, opened_pool
from grantstream.service.bodies import in_milliseconds
from grantstream.service.errors import NoDeadLetter, ServiceError
from grantstream.service.observing import DatabaseSettings, ObservingSettings, observing
from grantstream.service.service_tables import ServiceTables
from grantstream.service.settings import settings_or_exit

EXIT_NOT_TAKEN: Final = 3

_APPLICATION: Final = "dead-letters"
_TOPIC: Final = typer.Option("--topic", help="Only of this topic.")
_REASON: Final = typer.Option("--reason", help="Only with this reason.")
_PLACE: Final = typer.Argument(help="As `dead list` shows it: group:topic/partition@offset.")

Chosen = Callable[[DeadLetter], bool]


def dead_commands(group_id: str, tables: ServiceTables) -> typer.Typer:
    """The commands for the dead letters of a service's group `group_id`."""
    commands = typer.Typer(
        no_args_is_help=True, help="List what the service could not take; have it taken again, or give it up."
    )

    @commands.command(name="list")
    def list_(
        topic: Annotated[str | None, _TOPIC] = None,
        reason: Annotated[str | None, _REASON] = None,
        everything: Annotated[bool, typer.Option("--all", help="Also what was redriven or dismissed.")] = False,
    ) -> None:
        """Print each dead letter, oldest first."""
        _run(_list(group_id, everything, _filter(topic, reason)))

    @commands.command()
    def show(place: Annotated[str, _PLACE]) -> None:
        """Print one dead letter with its record as it stands on the topic, without its token."""
        _run(_show(group_id, tables, place))

    @commands.command()
    def redrive(
        places: Annotated[list[str] | None, _PLACE] = None,
        topic: Annotated[str | None, _TOPIC] = None,
        reason: Annotated[str | None, _REASON] = None,
        everything: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
    ) -> None:
        """Judge events again and take them, named by place or chosen; print what came of each."""
        is_chosen = everything or topic is not None or reason is not None
        if bool(places) == is_chosen:
            raise typer.BadParameter("name places, or choose with --topic, --reason or --all")
        _run(_redrive(group_id, tables, places or [], _filter(topic, reason)))

    @commands.command()
    def dismiss(
        places: Annotated[list[str], _PLACE],
        because: Annotated[str, typer.Option(help="Why they will never be taken; kept in the database.")],
    ) -> None:
        """Give dead letters up: their records stay out of rebuilds, and rows are used as they are."""
        if not because.strip():
            raise typer.BadParameter("say why they will never be taken", param_hint="--because")
        _run(_dismiss(group_id, places, because))

    return commands


async def _list(group_id: str, everything: bool, chosen: Chosen) -> bool:
    async with _connected() as acquired:
        letters = await read_dead_letters(acquired, group_id, also_ended=everything)
    for letter in filter(chosen, letters):
        _print(_as_json(letter))
    return True


async def _dismiss(group_id: str, places: Sequence[str], because: str) -> bool:
    async with _connected() as acquired, acquired.transaction():
        for letter in _named(await read_dead_letters(acquired, group_id), places):
            await dismiss_dead_letter(acquired, letter, because=because)
            _print({"place": letter.place, "outcome": "dismissed", "reason": letter.reason})
    return True


@asynccontextmanager
async def _connected() -> AsyncIterator[Connection]:
    settings = settings_or_exit(DatabaseSettings)
    async with (
        opened_pool(settings.postgres_dsn, application_name=_APPLICATION, max_size=1) as pool,
        connection(pool) as acquired,
    ):
        yield acquired


async def _show(group_id: str, tables: ServiceTables, place: str) -> bool:
    async with _opened(group_id, tables) as dead_letters:
        [letter] = _named(await dead_letters.read(also_ended=True), [place])
        record = await dead_letters.record_of(letter)
    shown = _as_json(letter) | {"record": None if record is None else _record(record, letter)}
    _print(shown)
    return True


async def _redrive(group_id: str, tables: ServiceTables, places: Sequence[str], chosen: Chosen) -> bool:
    were_taken = True
    async with _opened(group_id, tables) as dead_letters:
        letters = await dead_letters.read()
        async for each in dead_letters.redrive(_named(letters, places) if places else list(filter(chosen, letters))):
            _print({"place": each.letter.place, "outcome": each.outcome, "reason": each.letter.reason})
            were_taken = were_taken and each.outcome in ("redriven", "skipped")
    return were_taken


@asynccontextmanager
async def _opened(group_id: str, tables: ServiceTables) -> AsyncIterator[DeadLetters]:
    settings = settings_or_exit(ObservingSettings)
    consuming = ConsumerSettings()
    async with (
        observing(settings) as process,
        opened_pool(settings.postgres_dsn, application_name=_APPLICATION, max_size=2) as pool,
        translated_errors(),
    ):
        judge = Judge(process.event_guard, tables.handlers, consuming, process.catch_up_keys)
        applying = Applying(pool, tables.handlers, consuming, ConsumerObserver())
        yield DeadLetters(settings.kafka_bootstrap_servers, group_id, process.event_guard, judge, applying)


def _filter(topic: str | None, reason: str | None) -> Chosen:
    return lambda letter: topic in (None, letter.topic) and reason in (None, letter.reason)


def _named(letters: Sequence[DeadLetter], places: Sequence[str]) -> list[DeadLetter]:
    # The last of a place: a topic that was created anew counts its offsets from 0 again.
    by_place = {letter.place: letter for letter in letters}
    if unknown := [place for place in places if place not in by_place]:
        raise NoDeadLetter(f"there is no dead letter {', '.join(unknown)}; `dead list` shows which there are")
    return [by_place[place] for place in places]


def _as_json(letter: DeadLetter) -> dict[str, Any]:
    return {
        "place": letter.place,
        "reason": letter.reason,
        "status": _status(letter),
        "appended_at_ms": letter.appended_at_ms,
        "subject": letter.subject,
        "version": letter.version,
        "noted_at": None if letter.noted_at is None else in_milliseconds(letter.noted_at),
        "redriven_at": None if letter.redriven_at is None else in_milliseconds(letter.redriven_at),
        "dismissed_at": None if letter.dismissed_at is None else in_milliseconds(letter.dismissed_at),
        "dismissed_because": letter.dismissed_because,
    }


def _status(letter: DeadLetter) -> str:
    if letter.redriven_at is not None:
        return "redriven"
    return "dead" if letter.dismissed_at is None else "dismissed"


def _record(record: Any, letter: DeadLetter) -> dict[str, Any]:
    """The record as its copy on `<topic>.dead` has it: no token, and nothing that is too large."""
    copy = copy_of(record, letter.reason, letter.group_id)
    return {
        "key": _text(copy.key),
        "headers": {name: _text(value) for name, value in copy.headers},
        "value": _text(copy.value),
    }


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace")


def _print(line: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(line).decode() + "\n")
    sys.stdout.flush()


def _run(work: Coroutine[Any, Any, bool]) -> None:
    try:
        went_well = asyncio.run(work)
    except (ServiceError, DatabaseError, EventsError, TopicFault, KafkaError) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    if not went_well:
        raise SystemExit(EXIT_NOT_TAKEN)
