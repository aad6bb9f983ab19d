"""`grantstream audit <app_id>`: who changed an application and what, from the topics alone."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from grantstream.cli.errors import CommandFailed
from grantstream.cli.observed import observed
from grantstream.cli.output import AsJson, plain, print_json, print_line
from grantstream.cli.progress import progress_bar
from grantstream.cli.target import DEFAULT_FILE, PlatformFile, Target, read_target
from grantstream.events.replay import audit as trail
from grantstream.events.replay.audit_trail import AuditLine, AuditTrail

_KEYS_WITHIN: Final = 10.0


def audit(
    app_id: Annotated[str, typer.Argument(help="The application's id, which is its client id.")],
    platform: PlatformFile = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Print who changed an application, what and when; exit status 1 if a record can't be believed or there is none."""
    audit_trail = asyncio.run(_read(read_target(platform), app_id))
    if not audit_trail.lines:
        raise CommandFailed(
            f"The topics tell of no application {plain(app_id)}: its id is what registration called `appId`, and the "
            "client id that it gets tokens with."
        )
    for line in audit_trail.lines:
        if as_json:
            print_json(_to_json(line))
        else:
            print_line(_text(line))
    if not as_json:
        typer.echo(_verdict(audit_trail))
    if not audit_trail.is_sound:
        raise typer.Exit(1)


async def _read(target: Target, app_id: str) -> AuditTrail:
    async with observed(target) as process:
        await process.catch_up_keys(_KEYS_WITHIN)
        with progress_bar("Reading the topics") as report_progress:
            return await trail.audit(
                app_id,
                bootstrap_servers=target.kafka,
                guard=process.event_guard,
                catch_up_keys=process.catch_up_keys,
                progress=report_progress,
            )


def _to_json(line: AuditLine) -> dict[str, Any]:
    actor = None if line.actor is None else line.actor.model_dump()
    return asdict(line) | {"actor": actor, "verified": line.verified, "summary": line.summary}


def _text(line: AuditLine) -> Text:
    version = "" if line.version is None else f" v{line.version}"
    text = Text(f"{line.appended_at:%Y-%m-%d %H:%M:%S.%f}"[:-3] + f"  {line.event_type or '?'}{version}  ")
    if line.actor is not None:
        text.append(f"asked by {line.actor.kind} {line.actor.id}, ")
    text.append(f"told by {line.producer}  " if line.producer else f"{line.topic}/{line.partition}@{line.offset}  ")
    text.append(line.summary, style="" if line.verified else "bold red")
    return text


def _verdict(audit_trail: AuditTrail) -> str:
    count, refused = len(audit_trail.lines), sum(not line.verified for line in audit_trail.lines)
    if audit_trail.is_sound:
        return f"All {count} records are verified: token, proof, scope and key space."
    return f"{refused} of {count} records can't be believed, or contradict others: see the lines above."
