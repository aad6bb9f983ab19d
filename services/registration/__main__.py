"""`python -m services.registration http|worker|migrate`."""

import typer

from grantstream.service.http_server import run_http
from grantstream.service.migrations import migrate as apply_migrations
from grantstream.service.settings import settings_or_exit
from grantstream.service.worker import run_worker
from services.registration.settings import RegistrationSettings
from services.registration.store.schema import MIGRATIONS

program = typer.Typer(no_args_is_help=True, add_completion=False, help="The registration service.")


@program.command()
def http() -> None:
    """Serve the HTTP API."""
    run_http("services.registration.bootstrap:http_app", settings_or_exit(RegistrationSettings))


@program.command()
def worker() -> None:
    """Publish what was committed, and follow companies and users."""
    from services.registration.bootstrap import worker_parts

    run_worker(worker_parts, settings_or_exit(RegistrationSettings))


@program.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    apply_migrations(settings_or_exit(RegistrationSettings).postgres_dsn, *MIGRATIONS)


if __name__ == "__main__":
    program()
