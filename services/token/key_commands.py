"""`python -m services.token keys list|rotate|retire|withdraw`: the signing keys, while the platform runs."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

import typer
from aiokafka.errors import KafkaError

from grantstream.postgres.errors import DatabaseError
from grantstream.postgres.pool import connection, opened_pool
from grantstream.service.errors import ServiceError
from grantstream.service.moments import in_milliseconds
from grantstream.service.settings import settings_or_exit
from services.token.bootstrap import opened_key_rotation
from services.token.domain.signing_key import SigningAlgorithm, SigningKey
from services.token.errors import TokenServiceError
from services.token.settings import TokenSettings
from services.token.store import signing_keys
from services.token.use_cases.rotate_keys import KeyRotation

keys = typer.Typer(no_args_is_help=True, help="List, rotate, retire and withdraw the keys that tokens are signed with.")


@keys.command("list")
def list_keys() -> None:
    """Print every key as a line of JSON, the newest first."""
    settings = settings_or_exit(TokenSettings)

    async def listed() -> list[SigningKey]:
        async with (
            opened_pool(settings.postgres_dsn, application_name="token-keys", max_size=2) as pool,
            connection(pool) as acquired,
        ):
            return await signing_keys.find_all(acquired)

    _print(listed)


@keys.command()
def rotate(
    alg: Annotated[SigningAlgorithm, typer.Option(help="Which of the keys that sign to replace.")] = (
        SigningAlgorithm.ES256
    ),
) -> None:
    """Let a new key sign, and retire the old one once nothing signs with it; print what signs now.

    No token is refused on the way, and what the old key signed stays good. An interrupted rotation is completed.
    """

    async def work(rotation: KeyRotation) -> list[SigningKey]:
        return [await rotation.rotate(alg)]

    _run(work)


@keys.command()
def retire() -> None:
    """Retire what signs no more and was not told to be retired, as an interrupted rotation leaves it; print it."""
    _run(lambda rotation: rotation.retire())


# A key's name is a hash in base64url, so one in 64 begins with a dash.
@keys.command(context_settings={"ignore_unknown_options": True})
def withdraw(
    kid: Annotated[str, typer.Argument(help="The name of the key that may have been stolen.")],
) -> None:
    """Make every token void that a key has signed, everywhere; another key takes its place first, if it signs.

    Programs that hold such a token ask for another one. What was published with one before stays good.
    """

    async def work(rotation: KeyRotation) -> list[SigningKey]:
        return [await rotation.withdraw(kid)]

    _run(work)


def _run(work: Callable[[KeyRotation], Awaitable[list[SigningKey]]]) -> None:
    settings = settings_or_exit(TokenSettings)

    async def rotated() -> list[SigningKey]:
        async with opened_key_rotation(settings) as rotation:
            return await work(rotation)

    _print(rotated)


def _print(work: Callable[[], Coroutine[None, None, list[SigningKey]]]) -> None:
    try:
        for key in asyncio.run(work()):
            sys.stdout.write(json.dumps(_shown(key)) + "\n")
    except (ServiceError, DatabaseError, TokenServiceError, KafkaError) as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(1) from None


def _shown(key: SigningKey) -> dict[str, Any]:
    times = {"created_at": key.created_at, "retired_at": key.retired_at, "withdrawn_at": key.withdrawn_at}
    return {
        "kid": key.kid,
        "alg": key.algorithm.value,
        "state": key.state.value,
        **{name: in_milliseconds(moment) for name, moment in times.items() if moment is not None},
    }
