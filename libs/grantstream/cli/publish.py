"""`grantstream events publish`: one event, signed as the command line's own client."""

import asyncio
import sys
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from grantstream.cli.errors import CommandFailed
from grantstream.cli.output import AsJson, print_json
from grantstream.cli.target import DEFAULT_FILE, PlatformFile, Target, read_target
from grantstream.contracts.events.register import EVENT_TYPES, EventType
from grantstream.contracts.events.state import AggregateState, EventData
from grantstream.contracts.topics import FENCE
from grantstream.events.producing.client_token import ClientCredentialsToken
from grantstream.events.producing.publisher import Publisher
from grantstream.events.producing.send_queue import Appended, PublisherSettings

_LIMIT: Final = 15.0


def publish(
    event_type: Annotated[str, typer.Argument(help="Such as app.registered.")],
    file: Annotated[
        typer.FileText,
        typer.Argument(help="The event's data as JSON; - for standard input.", show_default="standard input"),
    ] = sys.stdin,  # type: ignore[assignment]  # the default is what `-` means
    platform: PlatformFile = DEFAULT_FILE,
    fence: Annotated[
        bool, typer.Option(help="Tell the fence of the new version, so that no process goes by an older.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Publish one event and print its position. The platform's clients file says what this client may write about."""
    kind = EVENT_TYPES.get(event_type)
    if kind is None:
        raise CommandFailed(f"There is no event {event_type}; there are {', '.join(sorted(EVENT_TYPES))}.")
    event = _read(kind, file.read())
    appended = asyncio.run(_published(read_target(platform), kind, event, fence=fence))
    if as_json:
        print_json({name: getattr(appended, name) for name in Appended.__dataclass_fields__})
    else:
        typer.echo(f"{appended.topic}/{appended.partition}@{appended.offset}  {appended.event_id}")


def _read(kind: EventType, text: str) -> EventData:
    try:
        return kind.data.model_validate_json(text)
    except ValidationError as error:
        # The input may hold anything, so the error names only the faulty fields.
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'all of it'}: {fault['msg']}" for fault in error.errors())
        raise CommandFailed(f"That is no {kind.name}: {'; '.join(faults)}.") from None


async def _published(target: Target, kind: EventType, event: EventData, *, fence: bool) -> Appended:
    on_fence = fence and isinstance(event, AggregateState)
    scopes = sorted({kind.topic.scope, FENCE.scope} if on_fence else {kind.topic.scope})
    async with (
        credentials_of(target, scopes) as credentials,
        Publisher(target.kafka, credentials, settings=PublisherSettings(limit=_LIMIT)) as publisher,
    ):
        if on_fence and isinstance(event, AggregateState):
            return await publisher.publish_change(event)
        return await publisher.publish(event)


def credentials_of(target: Target, scopes: list[str]) -> ClientCredentialsToken:
    """The command line's own credential with these scopes. Raises CommandFailed if it has none."""
    if target.cli is None:
        raise CommandFailed(
            "The platform's description names no client for the command line; GRANTSTREAM_CLI_CLIENT_ID and "
            "GRANTSTREAM_CLI_KEY_FILE name one."
        )
    try:
        return ClientCredentialsToken(
            target.token, target.cli.client_id, target.cli.key_file, scopes=scopes, audience=target.base
        )
    except (OSError, ValueError):
        raise CommandFailed(f"The key of the command line's client can't be read from {target.cli.key_file}.") from None
