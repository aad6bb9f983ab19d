"""`python -m grantstream.kafka.topics_apply --bootstrap-servers host:port`: creates the topics of the register."""

import asyncio
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from grantstream.contracts.topics import TOPICS
from grantstream.kafka.errors import TopicsNotApplied
from grantstream.kafka.topic_admin import apply_topics


def main(
    bootstrap_servers: Annotated[str, typer.Option(envvar="GRANTSTREAM_KAFKA_BOOTSTRAP_SERVERS")],
    replication: Annotated[int | None, typer.Option(min=1, help="Copies of a new topic; by default up to 3.")] = None,
) -> None:
    """Creates missing topics, adds missing partitions, and reports settings that differ from the register."""
    try:
        lines = asyncio.run(apply_topics(bootstrap_servers, replication, report=typer.echo))
    except (KafkaError, TopicsNotApplied) as error:
        typer.echo(f"topics could not be applied: {error}", err=True)
        raise typer.Exit(1) from error
    if not lines:
        typer.echo(f"all {len(TOPICS)} topics are as the register has them")


if __name__ == "__main__":
    typer.run(main)
