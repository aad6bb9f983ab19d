"""`python -m services.token http|worker|migrate|rebuild|republish|dead|keys|...`: `--help` lists all."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from grantstream.contracts.invalid_input import InvalidInput
from grantstream.postgres.errors import DatabaseError
from grantstream.postgres.pool import Pool, opened_pool
from grantstream.service.change import Changes
from grantstream.service.commands import service_commands
from grantstream.service.errors import ServiceError
from grantstream.service.settings import settings_or_exit
from services.token.bootstrap import TABLES, command_parts, worker_parts
from services.token.commands.add_staff import add_staff as admit_staff
from services.token.commands.bind_issuer import bind_issuer
from services.token.commands.clean_up import CleanUp
from services.token.commands.init_clients import hand_out, kept_admin_client, known_admin_client
from services.token.commands.init_clients import init_clients as make_clients
from services.token.commands.keys import keys
from services.token.commands.make_signing_keys import ensure_signing_keys
from services.token.commands.seed_platform import seed_platform
from services.token.errors import TokenServiceError
from services.token.settings import TokenSettings


def _bring_up_to_date(settings: TokenSettings) -> None:
    async def prepare(pool: Pool) -> None:
        now = datetime.now(UTC)
        await bind_issuer(pool, settings.base_url, now)
        await CleanUp(pool, settings.refresh_policy, settings.lockout).once(now)
        for key in await ensure_signing_keys(Changes(pool=pool, source=settings.event_source)):
            typer.echo(f"made an {key.algorithm} signing key, {key.kid}")

    _run(settings, prepare)


commands = service_commands(
    TokenSettings,
    TABLES,
    http_app="services.token.bootstrap:http_app",
    worker_parts=worker_parts,
    after_migrating=_bring_up_to_date,
)
commands.add_typer(keys, name="keys")


@commands.command()
def init_clients(
    state_dir: Annotated[Path, typer.Option(help="Where keys and the list of clients are kept.")],
    services: Annotated[
        Path | None, typer.Option(help="Hand out to <name>/ below this what each service needs.")
    ] = None,
    admin_client: Annotated[bool, typer.Option(help="Also a client that administers by users' passwords.")] = False,
) -> None:
    """Make the platform's own clients, once: keys, ids, and the list for the token service."""
    try:
        made = make_clients(state_dir, kept_admin_client(state_dir) if admin_client else None)
        if services is not None:
            hand_out(made, services)
    except OSError as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"clients: {', '.join(made.client_ids)}")


@commands.command()
def show_admin_client(state_dir: Annotated[Path, typer.Option(help="Where init-clients keeps what it made.")]) -> None:
    """Print the administration client's id and secret as JSON; init-clients made it."""
    admin = known_admin_client(state_dir)
    if admin is None:
        typer.echo("there is no administration client: make one with init-clients --admin-client", err=True)
        raise typer.Exit(1)
    sys.stdout.write(json.dumps(asdict(admin)) + "\n")


@commands.command()
def seed() -> None:
    """Make the platform's company, a staff user and a sandbox, once; print their passwords as JSON."""
    settings = settings_or_exit(TokenSettings)

    async def make(pool: Pool) -> None:
        made = await seed_platform(command_parts(settings, pool))
        sys.stdout.write(json.dumps(made) + "\n")

    _run(settings, make)


@commands.command()
def add_staff(login: Annotated[str, typer.Argument(help="The login of the new member of staff.")]) -> None:
    """Add a member of the review staff; print the login and a generated password as JSON."""
    settings = settings_or_exit(TokenSettings)

    async def make(pool: Pool) -> None:
        added = await admit_staff(command_parts(settings, pool), login)
        sys.stdout.write(json.dumps({"login": added.user.state.login, "password": added.generated_password}) + "\n")

    _run(settings, make)


def _run(settings: TokenSettings, work: Callable[[Pool], Awaitable[None]]) -> None:
    async def with_pool() -> None:
        async with opened_pool(settings.postgres_dsn, application_name="token-command", max_size=2) as pool:
            await work(pool)

    _or_exit(lambda: asyncio.run(with_pool()))


def _or_exit(work: Callable[[], Any]) -> None:
    try:
        work()
    except (ServiceError, DatabaseError, TokenServiceError, InvalidInput, ValueError) as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    commands()
