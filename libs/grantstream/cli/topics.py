"""`grantstream topics apply|check`: creates the topics of the register, or compares them. Never deletes any."""

import asyncio
from typing import Annotated, Final

import typer

from grantstream.cli.target import DEFAULT_FILE, PlatformFile, read_target
from grantstream.contracts.topics import TOPICS
from grantstream.kafka.topic_admin import apply_topics, check_topics

topics: Final = typer.Typer(help="The topics of the register.", no_args_is_help=True)

Replication = Annotated[int | None, typer.Option(min=1, help="Copies of a topic; by default three, or one a broker.")]


@topics.command()
def apply(platform: PlatformFile = DEFAULT_FILE, replication: Replication = None) -> None:
    """Create what is missing, add partitions where there are too few, and print where settings differ."""
    lines = asyncio.run(apply_topics(read_target(platform).kafka, replication, report=typer.echo))
    if not lines:
        typer.echo(f"All {len(TOPICS)} topics are as the register has them.")


@topics.command()
def check(platform: PlatformFile = DEFAULT_FILE, replication: Replication = None) -> None:
    """Compare with the register and change nothing; exit status 1 if anything differs."""
    lines = asyncio.run(check_topics(read_target(platform).kafka, replication))
    for line in lines:
        typer.echo(line)
    if lines:
        raise typer.Exit(1)
    typer.echo(f"All {len(TOPICS)} topics are as the register has them.")
