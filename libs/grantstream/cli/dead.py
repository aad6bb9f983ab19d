"""`grantstream dead list|show|redrive|dismiss|copies`: events that consumers could not process."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import Annotated, Any, Final

import orjson
import typer

from grantstream.cli.errors import CommandFailed
from grantstream.cli.output import AsJson, json_in, json_text, plain, print_json, print_table
from grantstream.cli.service_command import start
from grantstream.cli.target import DEFAULT_FILE, PlatformFile, Target, read_target
from grantstream.contracts.topics import TOPICS
from grantstream.events.dead.copies import read_copies
from grantstream.events.dead.rows import DeadLetter

dead: Final = typer.Typer(help="Dead letters: what consumers could not take.", no_args_is_help=True)

_GROUP: Final = typer.Option("--group", "-g", help="Only of this group: registration, token or receipts.")
_TOPIC: Final = typer.Option("--topic", "-t", help="Only of this topic.")
_REASON: Final = typer.Option("--reason", "-r", help="Only with this reason.")
_PLACE: Final = typer.Argument(help="As `dead list` shows it: group:topic/partition@offset.")
EXIT_NOT_TAKEN: Final = 3
"""Of a service's `dead redrive`: it worked, and an event could not be taken."""

_COLUMNS: Final = ("place", "reason", "state", "appended")
_OUTCOMES: Final = {
    "redriven": "taken",
    "skipped": "closed; the group has no handler for it any more",
    "behind": "stays open: a newer change of its subject was known to be missing; dismiss it once the row has that",
    "dismissed": "dismissed",
    "refused": "refused again",
    "gone": "its topic keeps the event no more",
    "failed": "could not be read or applied in time; try again",
}


@dead.command(name="list")
def list_(
    platform: PlatformFile = DEFAULT_FILE,
    group: Annotated[str | None, _GROUP] = None,
    topic: Annotated[str | None, _TOPIC] = None,
    reason: Annotated[str | None, _REASON] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was redriven or dismissed.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the dead letters of the services' groups."""
    _check(topic)
    options = [*_options(topic, reason), *(["--all"] if everything else [])]
    letters = list(_answers(read_target(platform), group, ["list", *options]))
    if as_json:
        for letter in letters:
            print_json(letter)
        return
    print_table(_COLUMNS, [_row(letter, letter["status"]) for letter in letters])


@dead.command()
def show(place: Annotated[str, _PLACE], platform: PlatformFile = DEFAULT_FILE) -> None:
    """Show one dead letter whole, with what the event says."""
    for letter in _answers(read_target(platform), _group_of(place), ["show", place]):
        if (record := letter["record"]) is not None and record["value"] is not None:
            record["value"] = _parsed(record["value"])
        typer.echo(json_text(letter, indented=True))


@dead.command()
def redrive(
    places: Annotated[list[str] | None, _PLACE] = None,
    platform: PlatformFile = DEFAULT_FILE,
    group: Annotated[str | None, _GROUP] = None,
    topic: Annotated[str | None, _TOPIC] = None,
    reason: Annotated[str | None, _REASON] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that the other options leave.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have groups take events again, named by place or chosen with --all; each passes the guard again.

    Exit status 1 if one of them was not taken.
    """
    _check(topic)
    filtered = everything or any((group, topic, reason))
    if not places and not filtered:
        raise CommandFailed(
            "Say what to redrive: places as `grantstream dead list` shows them, or all of a --group, --topic or "
            "--reason, or --all."
        )
    if places and filtered:
        raise CommandFailed("Name places, or choose with --group, --topic, --reason or --all; not both.")
    target = read_target(platform)
    chosen = (
        _by_group(places) if places else {key: [*_options(topic, reason), "--all"] for key in _groups(target, group)}
    )
    outcomes = []
    for name, arguments in chosen.items():
        for each in _answers(target, name, ["redrive", *arguments]):
            outcomes.append(each["outcome"])
            _print_outcome(each, as_json)
    if not as_json and not outcomes:
        typer.echo("There is nothing to redrive.")
    if any(outcome not in ("redriven", "skipped") for outcome in outcomes):
        raise typer.Exit(1)


@dead.command()
def dismiss(
    places: Annotated[list[str], _PLACE],
    because: Annotated[str, typer.Option(help="Why they will never be taken; kept in the service's database.")],
    platform: PlatformFile = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Give dead letters up: their records stay out of rebuilds, and rows are used as they are."""
    for name, named in _by_group(places).items():
        for each in _answers(read_target(platform), name, ["dismiss", "--because", because, "--", *named]):
            _print_outcome(each, as_json)


def _print_outcome(answer: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        typer.echo(plain(f"{answer['place']}  {_OUTCOMES[answer['outcome']]}"))


@dead.command()
def copies(
    platform: PlatformFile = DEFAULT_FILE,
    group: Annotated[str | None, typer.Option("--group", "-g", help="Only of this consumer group.")] = None,
    topic: Annotated[str | None, _TOPIC] = None,
    as_json: AsJson = False,
) -> None:
    """List the copies on the `.dead` topics, of all groups, also of programs outside. Anybody may have written them."""
    _check(topic)
    found = asyncio.run(_copies(read_target(platform), topic, group))
    rows = [{"place": each.place, "reason": each.reason, "appended_at_ms": each.appended_at_ms} for each in found]
    if as_json:
        for row in rows:
            print_json(row)
        return
    print_table(_COLUMNS, [_row(each, "a copy") for each in rows])


async def _copies(target: Target, topic: str | None, group: str | None) -> list[DeadLetter]:
    topics = TOPICS if topic is None else [topic]
    found = [copy async for copy in read_copies(target.kafka, topics) if group in (None, copy.group_id)]
    return sorted(found, key=lambda copy: (copy.appended_at_ms, copy.place))


def _row(letter: Mapping[str, Any], state: str) -> tuple[str, str, str, str]:
    return letter["place"], letter["reason"], state, _moment(letter["appended_at_ms"])


def _moment(milliseconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)  # of a topic that the broker does not date: any number


def _check(topic: str | None) -> None:
    if topic is not None and topic not in TOPICS:
        raise CommandFailed(f"There is no topic {topic}; there are {', '.join(sorted(TOPICS))}.")


def _options(topic: str | None, reason: str | None) -> list[str]:
    named = {"--topic": topic, "--reason": reason}
    return [word for name, value in named.items() if value is not None for word in (name, value)]


def _groups(target: Target, group: str | None) -> list[str]:
    if group is None and not target.postgres:
        raise CommandFailed(
            "The platform's description names no database; run `python -m services.<name> dead` where a service runs."
        )
    return sorted(target.postgres) if group is None else [group]


def _group_of(place: str) -> str:
    group, colon, _ = place.partition(":")
    if not colon:
        raise CommandFailed(f"{place} is no place such as token:app.enabled/3@17; `grantstream dead list` shows them.")
    return group


def _by_group(places: Sequence[str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for place in places:
        found[_group_of(place)].append(place)
    return found


def _answers(target: Target, group: str | None, arguments: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The lines of the services' own commands, as they come. Raises CommandFailed if one could not work."""
    groups = _groups(target, group)
    with ExitStack() as opened:
        # Files, because a child that fills a pipe which nobody reads would stop.
        complaints = [opened.enter_context(TemporaryFile("w+")) for _ in groups]
        children = [
            opened.enter_context(start(target, name, "dead", *arguments, stderr=file))
            for name, file in zip(groups, complaints, strict=True)
        ]
        for child in children:
            opened.callback(child.kill)
        for child, file in zip(children, complaints, strict=True):
            yield from map(orjson.loads, child.stdout or ())
            if child.wait() not in (0, EXIT_NOT_TAKEN):
                file.seek(0)
                raise CommandFailed(file.read().strip() or f"The command ended with status {child.returncode}.")


def _parsed(value: str) -> Any:
    try:
        return json_in(value.encode())
    except ValueError:
        return value
