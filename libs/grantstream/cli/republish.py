"""`grantstream republish <service> ...`: publishes the newest states of a service's own aggregates again."""

from typing import Annotated

import typer

from grantstream.cli.errors import CommandFailed
from grantstream.cli.output import AsJson, print_json
from grantstream.cli.service_command import run_service_command
from grantstream.cli.target import DEFAULT_FILE, PlatformFile, read_target


def republish(
    service: Annotated[str, typer.Argument(help="registration or token.")],
    topic: Annotated[str | None, typer.Argument(help="One of the service's own topics of states.")] = None,
    keys: Annotated[list[str] | None, typer.Argument(help="Record keys, such as an application's id.")] = None,
    is_all: Annotated[bool, typer.Option("--all", help="All aggregates.")] = False,
    platform: PlatformFile = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Publish newest states again: of KEYS or of all on TOPIC, or of all, each on the first topic that fits.

    The service's worker must run: it publishes them. Exit status 1: not all of it could be done.
    """
    named = [*([topic] if topic else []), *(keys or ())]
    arguments = ["republish", *(["--all"] if is_all else []), "--", *named]
    ran = run_service_command(
        read_target(platform), service, arguments, what=f"Republishing states of {service}", counted="done"
    )
    if ran.report is not None and as_json:
        print_json(ran.report)
    elif ran.report is not None:
        typer.echo(f"{ran.report['republished']} states were published again.")
        if ran.report["not_expressible"]:
            typer.echo(f"{ran.report['not_expressible']} states can't be expressed on {topic or 'any topic'}.")
    if ran.status != 0:
        raise CommandFailed(ran.complaints or f"The command ended with status {ran.status}, without a message.")
