"""`python -m services.token keys list|rotate|retire|withdraw`: manages the signing keys while the platform runs."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

import typer
from aiokafka.errors import KafkaError

from grantstream.contracts.no_op import no_op
from grantstream.events.producing.outbox import OutboxNudge
from grantstream.fence import FenceSettings, Identity
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.postgres.errors import DatabaseError
from grantstream.postgres.pool import connection, opened_pool
from grantstream.service.bodies import in_milliseconds
from grantstream.service.change import Changes
from grantstream.service.errors import ServiceError
from grantstream.service.fence_logs import note_log
from grantstream.service.in_force import InForce
from grantstream.service.process import instance_id
from grantstream.service.settings import settings_or_exit
from services.token.domain.signing_key import SigningAlgorithm, SigningKey
from services.token.errors import NotEffective, TokenServiceError
from services.token.settings import TokenSettings
from services.token.store import signing_keys
from services.token.use_cases.await_signing_keys import await_signing_keys
from services.token.use_cases.current_keys import known_keys
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
    """Retire superseded keys, as an interrupted rotation leaves them; print them."""
    _run(lambda rotation: rotation.retire())


# A key's name is a hash in base64url, so one in 64 begins with a dash.
@keys.command(context_settings={"ignore_unknown_options": True})
def withdraw(
    kid: Annotated[str, typer.Argument(help="The name of the key that may have been stolen.")],
) -> None:
    """Void all tokens of a key, everywhere; if it signs, another key replaces it first.

    Programs with such a token request another one. Events published before stay valid.
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
            sys.stdout.write(json.dumps(_key_json(key)) + "\n")
    except (ServiceError, DatabaseError, TokenServiceError, KafkaError) as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(1) from None


def _key_json(key: SigningKey) -> dict[str, Any]:
    times = {"created_at": key.created_at, "retired_at": key.retired_at, "withdrawn_at": key.withdrawn_at}
    return {
        "kid": key.kid,
        "alg": key.algorithm.value,
        "state": key.state.value,
        **{name: in_milliseconds(moment) for name, moment in times.items() if moment is not None},
    }


_STEP_LIMIT: Final = 30.0
"""Seconds for each step: long enough for a killed process to count as gone."""


@asynccontextmanager
async def opened_key_rotation(settings: TokenSettings) -> AsyncIterator[KeyRotation]:
    """Opens a key rotation. Raises NotEffective if the fence can't be followed."""
    async with opened_pool(settings.postgres_dsn, application_name="token-keys", max_size=2) as pool:
        process = GuardedProcess(
            Identity("token-keys", instance_id(), "token", "other", observer=True),
            FenceSettings.for_staleness(settings.fence_max_staleness, answer_limit=_STEP_LIMIT),
            issuer=settings.base_url,
            bootstrap_servers=settings.kafka_bootstrap_servers,
            keys=known_keys(await await_signing_keys(pool)),
            token=None,
            count_refusal=no_op,
        )
        await _start(process, limit=_STEP_LIMIT)
        await note_log(pool, process.fence)
        nudge = OutboxNudge(pool)
        in_force = InForce(pool, process.fence)
        try:
            changes = Changes(pool=pool, source=settings.event_source, in_force=in_force, nudge=nudge)
            yield KeyRotation(changes, _STEP_LIMIT)
        finally:
            await nudge.close()
            await process.stop()


async def _start(process: GuardedProcess, *, limit: float) -> None:
    try:
        async with asyncio.timeout(limit):
            await process.start()
    except TimeoutError as error:
        await process.stop()
        raise NotEffective(f"the fence can't be followed: {process.fence.hindrance}") from error
