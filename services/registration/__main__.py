"""`python -m services.registration http|worker|migrate|rebuild|projections`.

Settings come from the environment, see `settings.py`.
"""

from typing import Annotated

import typer

from grantstream.service.http_server import run_http
from grantstream.service.migrations import migrate_or_exit
from grantstream.service.projections_command import projections_commands
from grantstream.service.rebuild_command import rebuild_or_exit
from grantstream.service.settings import settings_or_exit
from grantstream.service.worker import run_worker
from services.registration.bootstrap import worker_parts
from services.registration.entrypoints.consumer import FOLLOWED, GROUP_ID
from services.registration.entrypoints.projections import PROJECTIONS
from services.registration.settings import RegistrationSettings
from services.registration.store.schema import MIGRATIONS

commands = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
commands.add_typer(projections_commands(GROUP_ID, FOLLOWED), name="projections")


@commands.command()
def http() -> None:
    """Serve the HTTP API."""
    run_http("services.registration.bootstrap:http_app", settings_or_exit(RegistrationSettings))


@commands.command()
def worker() -> None:
    """Publish what was committed, and follow the events of the other services."""
    run_worker(worker_parts, settings_or_exit(RegistrationSettings))


@commands.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    migrate_or_exit(settings_or_exit(RegistrationSettings).postgres_dsn, *MIGRATIONS)


@commands.command()
def rebuild(projection: Annotated[str, typer.Argument(help="Its name, see entrypoints/projections.py.")]) -> None:
    """Make a projection anew from its topics, beside the live one, and swap them."""
    rebuild_or_exit(PROJECTIONS, projection)


if __name__ == "__main__":
    commands()
