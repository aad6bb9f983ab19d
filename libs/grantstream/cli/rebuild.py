"""`grantstream rebuild <service> <projection>`: rebuilds a projection beside the live one, under traffic."""

from typing import Annotated, Any, Final

import typer

from grantstream.cli.errors import CommandFailed
from grantstream.cli.output import AsJson, print_json
from grantstream.cli.service_command import run_service_command
from grantstream.cli.target import DEFAULT_FILE, PlatformFile, Target, read_target

EXIT_NOT_CLEAN: Final = 3


def rebuild(
    service: Annotated[str, typer.Argument(help="registration, token or receipts.")],
    projection: Annotated[str, typer.Argument(help="Such as apps.")],
    platform: PlatformFile = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Read a projection's topics from the start into a new table, and swap it for the live one.

    The live one is never left in an older state. Exit status 1: nothing has changed. Status 3: it was rebuilt, and the
    topics alone do not give every row that is there.
    """
    report = _run(read_target(platform), service, projection)
    if as_json:
        print_json(report)
    else:
        _print(report)
    if not report["is_clean"]:
        raise typer.Exit(EXIT_NOT_CLEAN)


def _run(target: Target, service: str, projection: str) -> dict[str, Any]:
    ran = run_service_command(
        target, service, ["rebuild", projection], what=f"Rebuilding {projection} of {service}", counted="read"
    )
    if ran.status == EXIT_NOT_CLEAN:
        typer.echo(f"{ran.complaints}.", err=True)
        raise typer.Exit(EXIT_NOT_CLEAN)
    if ran.status != 0 or ran.report is None:
        raise CommandFailed(ran.complaints or f"The rebuild ended with status {ran.status}, without a message.")
    return ran.report


def _print(report: dict[str, Any]) -> None:
    typer.echo(
        f"{report['projection']}: {report['rows']} rows from {report['events']} events in {report['seconds']:.1f} s; "
        f"the table was locked for {report['locked_seconds'] * 1000:.0f} ms."
    )
    typer.echo(
        f"Against the table before: {report['added']} added, {report['advanced']} newer, "
        f"{report['corrected']} corrected, {report['kept']} kept."
    )
    if report["left_out"]:
        typer.echo(f"{report['left_out']} dead letters were left out.")
    if report["missed"]:
        missed = ", ".join(report["missed"])
        typer.echo(f"Of these are believed, and newer than their rows: {missed}. Redrive them.")
    for reason, count in sorted(report["refused"].items()):
        typer.echo(f"{count} records were refused: {reason}.")
    for name, reason in (("unexplained", "no topic tells of"), ("contradictions", "the topics tell otherwise of")):
        if report[name]:
            typer.echo(f"Kept, though {reason} them: {', '.join(report[name])}.")
    if report["not_named"]:
        typer.echo(f"{report['not_named']} more of the table before were kept, and not looked up.")
    if report["lost"]:
        typer.echo(f"The topics are not complete: the group may have lost records of {', '.join(report['lost'])}.")
