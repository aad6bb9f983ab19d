"""`grantstream dead list|show|redrive`: events that consumers could not process."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from grantstream.cli.errors import CommandFailed
from grantstream.cli.observed import observed
from grantstream.cli.output import AsJson, json_in, json_text, plain, print_json, print_table
from grantstream.cli.publish import credentials_of
from grantstream.cli.target import DEFAULT_FILE, PlatformFile, Target, read_target
from grantstream.contracts.topics import DEAD_LETTER, TOPICS
from grantstream.events.dead.dead_letter_reading import DeadLetter, list_dead_letters
from grantstream.events.dead.redrive import Redriven, outcomes
from grantstream.events.dead.redrive import redrive as ask

dead: Final = typer.Typer(help="Dead letters: what consumers could not take.", no_args_is_help=True)

_KEYS_WITHIN: Final = 10.0
_GROUP: Final = typer.Option("--group", "-g", help="Only of this consumer group.")
_TOPIC: Final = typer.Option("--topic", "-t", help="Only of this topic.")
_REASON: Final = typer.Option("--reason", "-r", help="Only with this reason.")
_PLACE: Final = typer.Argument(help="As `dead list` shows it: group:topic/partition@offset.")


@dead.command(name="list")
def list_(
    platform: PlatformFile = DEFAULT_FILE,
    group: Annotated[str | None, _GROUP] = None,
    topic: Annotated[str | None, _TOPIC] = None,
    reason: Annotated[str | None, _REASON] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was driven again.")] = False,
    as_json: AsJson = False,
) -> None:
    """List dead letters, oldest first."""
    letters = asyncio.run(_observed_letters(read_target(platform), group, topic))
    letters = [each for each in letters if _has_reason(each, reason) and (everything or each.resolved is None)]
    if as_json:
        for each in letters:
            print_json(_to_json(each))
        return
    rows = [(place_of(each), each.reason, _state(each), f"{_moment(each):%Y-%m-%d %H:%M:%S}") for each in letters]
    print_table(("place", "reason", "state", "appended"), rows)


@dead.command()
def show(place: Annotated[str, _PLACE], platform: PlatformFile = DEFAULT_FILE) -> None:
    """Show one dead letter whole, with what the event says."""
    [letter] = _named(asyncio.run(_observed_letters(read_target(platform))), [place])
    headers = {name: None if value is None else value.decode(errors="replace") for name, value in letter.headers}
    key = letter.key and letter.key.decode(errors="replace")
    typer.echo(json_text(_to_json(letter) | {"key": key, "headers": headers, "value": _value(letter)}, indented=True))


@dead.command()
def redrive(
    places: Annotated[list[str] | None, _PLACE] = None,
    platform: PlatformFile = DEFAULT_FILE,
    group: Annotated[str | None, _GROUP] = None,
    topic: Annotated[str | None, _TOPIC] = None,
    reason: Annotated[str | None, _REASON] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that the other options leave.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for what the groups make of it.")] = 15.0,
    as_json: AsJson = False,
) -> None:
    """Have groups take events again, named by place or chosen with --all; each passes the guard again.

    Exit status 1 if one of them was not taken.
    """
    filtered = everything or any((group, topic, reason))
    if not places and not filtered:
        raise CommandFailed(
            "Say what to drive again: places as `grantstream dead list` shows them, or all of a --group, --topic or "
            "--reason, or --all."
        )
    if places and filtered:
        raise CommandFailed("Name places, or choose with --group, --topic, --reason or --all; not both.")
    target = read_target(platform)
    redriven = asyncio.run(_redriven(target, places or [], group, topic, reason, wait))
    for each in redriven:
        if as_json:
            print_json({"place": place_of(each.letter), "outcome": each.outcome})
        else:
            typer.echo(plain(f"{place_of(each.letter)}  {_OUTCOMES[each.outcome]}"))
    if not as_json and not redriven:
        typer.echo("There is nothing to drive again.")
    if any(each.outcome in ("dead", "gone") for each in redriven):
        raise typer.Exit(1)


_OUTCOMES: Final = {
    "asked": "asked for; the group has not said yet what came of it",
    "gone": "its topic keeps the event no more",
    "redriven": "taken",
    "dead": "refused again",
}


async def _redriven(
    target: Target, places: Sequence[str], group: str | None, topic: str | None, reason: str | None, wait: float
) -> list[Redriven]:
    async with observed(target) as process:
        await process.catch_up_keys(_KEYS_WITHIN)
        letters = await _letters(target, process.event_guard, group, topic)
        unresolved = [each for each in letters if _has_reason(each, reason) and each.resolved is None]
        chosen = _named(letters, places) if places else unresolved
        async with credentials_of(target, [DEAD_LETTER.scope]) as credentials:
            asked = await ask(target.kafka, credentials, chosen)
        return await outcomes(target.kafka, process.event_guard, asked, limit=wait)


async def _observed_letters(target: Target, group: str | None = None, topic: str | None = None) -> list[DeadLetter]:
    async with observed(target) as process:
        await process.catch_up_keys(_KEYS_WITHIN)
        return await _letters(target, process.event_guard, group, topic)


async def _letters(target: Target, guard: Any, group: str | None, topic: str | None) -> list[DeadLetter]:
    if topic is not None and topic not in TOPICS:
        raise CommandFailed(f"There is no topic {topic}; there are {', '.join(sorted(TOPICS))}.")
    which = {} if topic is None else {"topics": [topic]}
    return await list_dead_letters(target.kafka, guard, group_id=group, **which)


def place_of(letter: DeadLetter) -> str:
    """The name of a dead letter: the group and the record."""
    return f"{letter.group}:{letter.topic}/{letter.partition}@{letter.offset}"


def _named(letters: Sequence[DeadLetter], places: Sequence[str]) -> list[DeadLetter]:
    by_place = {place_of(each): each for each in letters}
    unknown = [place for place in places if place not in by_place]
    if unknown:
        raise CommandFailed(
            f"There is no dead letter {', '.join(unknown)}; `grantstream dead list` shows which there are."
        )
    return [by_place[place] for place in places]


def _has_reason(letter: DeadLetter, reason: str | None) -> bool:
    return reason in (None, letter.reason)


def _state(letter: DeadLetter) -> str:
    return letter.status if letter.vouched else f"{letter.status}, and nobody vouches for it"


def _moment(letter: DeadLetter) -> datetime:
    return datetime.fromtimestamp(letter.appended_at, UTC)


def _to_json(letter: DeadLetter) -> dict[str, Any]:
    return {
        "place": place_of(letter),
        "group": letter.group,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "reason": letter.reason,
        "status": letter.status,
        "vouched": letter.vouched,
        "appended_at": _moment(letter),
    }


def _value(letter: DeadLetter) -> Any:
    try:
        return None if letter.value is None else json_in(letter.value)
    except ValueError:
        return (letter.value or b"").decode(errors="replace")
