"""The keys to sign with: set-up makes them, and a process that starts before it waits."""

import asyncio
import logging
from typing import Final

from grantstream.postgres.pool import Pool, connection
from services.token.domain.signing_key import KeyState, SigningAlgorithm, SigningKey
from services.token.store import signing_keys

_log = logging.getLogger(__name__)
_PAUSE: Final = 0.25


async def await_signing_keys(pool: Pool) -> list[SigningKey]:
    """Every key, once there is one of each algorithm to sign with. Raises DatabaseError."""
    warned = False
    while True:
        async with connection(pool) as acquired:
            keys = await signing_keys.find_all(acquired)
        if {key.algorithm for key in keys if key.state is KeyState.CURRENT} == set(SigningAlgorithm):
            return keys
        if not warned:
            _log.warning("there are no signing keys yet; `migrate` makes them")
            warned = True
        await asyncio.sleep(_PAUSE)
