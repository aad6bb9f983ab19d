"""A guard for a command: it knows the keys and follows the fence, but writes nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import uuid_utils

from grantstream.cli.errors import CommandFailed
from grantstream.cli.target import Target
from grantstream.contracts.no_op import no_op
from grantstream.fence import FenceSettings, Identity
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.guard.jwks_client import fetch_keys
from grantstream.guard.key_set import KeySet

_KEYS_WITHIN: Final = 10.0
_FENCE_WITHIN: Final = 10.0


@asynccontextmanager
async def observed(target: Target) -> AsyncIterator[GuardedProcess]:
    """Opens a guarded process. If the fence is silent it opens all the same, and `fence.is_fresh()` is False.

    Raises CommandFailed if the token service gives no keys.
    """
    process = GuardedProcess(
        Identity("cli", str(uuid_utils.uuid7()), "cli", "other", observer=True),
        FenceSettings(),
        issuer=target.base,
        bootstrap_servers=target.kafka,
        keys=await _keys(target),
        token=None,
        count_refusal=no_op,
        on_lost=lambda: None,
    )
    try:
        try:
            async with asyncio.timeout(_FENCE_WITHIN):
                await process.start()
        except TimeoutError:
            pass
        yield process
    finally:
        await process.stop()


async def _keys(target: Target) -> KeySet:
    try:
        async with asyncio.timeout(_KEYS_WITHIN):
            return await fetch_keys(target.token, target.trusted_keys)
    except TimeoutError:
        raise CommandFailed(
            f"The token service gives no keys at {target.token}, and without them nothing can be verified."
        ) from None
