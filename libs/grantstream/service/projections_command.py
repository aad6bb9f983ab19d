"""`python -m services.<name> projections` and `... projections accept --because TEXT`: the losses of a service's group.

While a group may have lost changes, its rows decide nothing. The group can't detect that they are complete again. An
operator declares it, after the owners' states were published again or the rows were compared; the reason is stored.
Needs two settings of the service's roles: the database and the brokers.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import typer

from grantstream.events.consuming.group_progress import accept
from grantstream.events.consuming.kept_offsets import Loss, read_losses
from grantstream.events.consuming.projection import Projection, topics_of
from grantstream.events.errors import EventsError
from grantstream.postgres.errors import DatabaseError, translated_errors
from grantstream.postgres.pool import Pool, connection, opened_pool
from grantstream.service.bodies import in_milliseconds
from grantstream.service.errors import ServiceError
from grantstream.service.observing import GroupSettings
from grantstream.service.settings import settings_or_exit

_log = logging.getLogger(__name__)


def projections_commands(group_id: str, projections: Sequence[Projection[Any]]) -> typer.Typer:
    """The commands for a service's group `group_id` and its projections."""
    topics = topics_of(projections)
    commands = typer.Typer(
        invoke_without_command=True, help="List what the service's projections may lack, or accept it."
    )

    @commands.callback()
    def losses(context: typer.Context) -> None:
        """Print each partition of which the group may have lost records as a line of JSON."""
        if context.invoked_subcommand is None:

            async def work(_settings: GroupSettings, pool: Pool) -> list[Loss]:
                async with connection(pool) as acquired:
                    return await read_losses(acquired, group_id)

            _print(work)

    @commands.command("accept")
    def accept_losses(
        because: Annotated[str, typer.Option(help="Why nothing is missing any more; kept in the database.")],
    ) -> None:
        """Declare the projections complete again, and print what is accepted; rows are used within a second."""
        if not because.strip():
            raise typer.BadParameter("say why nothing is missing any more", param_hint="--because")

        async def work(settings: GroupSettings, pool: Pool) -> list[Loss]:
            async with translated_errors():
                accepted = await accept(settings.kafka_bootstrap_servers, pool, group_id, topics, because=because)
            for loss in accepted:
                _log.warning("the loss of %s/%d is accepted: %s", loss.topic, loss.partition, because)
            if not accepted:
                sys.stderr.write("nothing was noted as lost\n")
            return accepted

        _print(work)

    return commands


def _print(work: Callable[[GroupSettings, Pool], Awaitable[list[Loss]]]) -> None:
    settings = settings_or_exit(GroupSettings)

    async def with_pool() -> list[Loss]:
        async with opened_pool(settings.postgres_dsn, application_name="projections", max_size=2) as pool:
            return await work(settings, pool)

    try:
        for loss in asyncio.run(with_pool()):
            sys.stdout.write(json.dumps(_loss_json(loss)) + "\n")
    except (ServiceError, DatabaseError, EventsError) as error:
        sys.stderr.write(f"nothing has changed: {error}\n")
        raise SystemExit(1) from None


def _loss_json(loss: Loss) -> dict[str, Any]:
    return {
        "group": loss.group_id,
        "topic": loss.topic,
        "partition": loss.partition,
        "since": in_milliseconds(loss.since),
        "why": loss.why,
    }
