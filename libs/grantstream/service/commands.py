"""`python -m services.<name> http|worker|migrate|rebuild|...`: the commands that every service has."""

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from grantstream.postgres.migrations import migrate_or_exit
from grantstream.service.dead_command import dead_commands
from grantstream.service.http_server import run_http
from grantstream.service.projections_command import projections_commands
from grantstream.service.rebuild_command import rebuild_or_exit
from grantstream.service.republish_command import republish_or_exit
from grantstream.service.service_tables import ServiceTables
from grantstream.service.settings import ServiceSettings, settings_or_exit
from grantstream.service.worker import OpenParts, run_worker

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


def service_commands(
    settings_type: type[SettingsT],
    tables: ServiceTables,
    *,
    http_app: str,
    worker_parts: OpenParts[SettingsT],
    after_migrating: Callable[[SettingsT], None] | None = None,
) -> typer.Typer:
    """The commands of one service, whose settings come from the environment. `http_app` is `module:function`."""
    commands = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    commands.add_typer(projections_commands(settings_type.service_name, tables.projections), name="projections")
    commands.add_typer(dead_commands(settings_type.service_name, tables), name="dead")

    @commands.command()
    def http() -> None:
        """Serve the HTTP API."""
        run_http(http_app, settings_or_exit(settings_type))

    @commands.command()
    def worker() -> None:
        """Publish what was committed, and follow the events of the other services."""
        run_worker(worker_parts, settings_or_exit(settings_type))

    @commands.command()
    def migrate() -> None:
        """Bring the database up to date: its schema, and what a service must have before it starts."""
        settings = settings_or_exit(settings_type)
        migrate_or_exit(settings.postgres_dsn, *tables.migrations)
        if after_migrating is not None:
            after_migrating(settings)

    @commands.command()
    def rebuild(projection: Annotated[str, typer.Argument(help="Its name, see projections.py.")]) -> None:
        """Fill a projection again from its topics, beside the live one, and swap them."""
        rebuild_or_exit(settings_type.service_name, tables.projections, projection)

    # An application's id may begin with a dash.
    @commands.command(context_settings={"ignore_unknown_options": True})
    def republish(
        topic: Annotated[str | None, typer.Argument(help="One of the service's own topics of states.")] = None,
        keys: Annotated[list[str] | None, typer.Argument(help="Record keys, such as an application's id.")] = None,
        is_all: Annotated[bool, typer.Option("--all", help="All aggregates.")] = False,
    ) -> None:
        """Publish newest states again: of KEYS or of all on TOPIC, or of all, each on the first topic that fits."""
        republish_or_exit(settings_type.service_name, tables.owned, topic, keys or (), is_all=is_all)

    return commands
