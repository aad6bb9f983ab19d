"""A guard for programs outside the platform: it follows the fence, and writes nothing.

It compares the log's append times with its own clock, and no answer waits for it: a change is in force here a few
milliseconds after its answer, and a guard that can't follow refuses after `max_staleness`.
"""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Final

import uuid_utils

from grantstream.contracts.no_op import no_op
from grantstream.fence import FenceSettings, Identity
from grantstream.guard.guard import CountRefusal
from grantstream.guard.guarded_process import GuardedProcess, end_this_process
from grantstream.guard.jwks_client import fetch_keys

_DEFAULT_SETTINGS: Final = FenceSettings()


@asynccontextmanager
async def open_observer(
    *,
    issuer: str,
    bootstrap_servers: str,
    token_url: str | None = None,
    trusted_key_thumbprints: Collection[str] = (),
    settings: FenceSettings = _DEFAULT_SETTINGS,
    count_refusal: CountRefusal = no_op,
    on_lost: Callable[[], None] = end_this_process,
) -> AsyncIterator[GuardedProcess]:
    """Opens a guarded process that observes. `issuer`: the platform's base URL; `token_url`: where its keys are.

    `trusted_key_thumbprints`: unless empty, no other key of the issuer's answer is believed (docs/trust.md).
    `on_lost` is called if it can never learn what it missed: from then on it refuses everything. By default the process
    gets a SIGTERM, and its supervisor starts it again.
    """
    process = GuardedProcess(
        Identity("observer", str(uuid_utils.uuid7()), "observer", "other", observer=True),
        settings,
        issuer=issuer,
        bootstrap_servers=bootstrap_servers,
        keys=await fetch_keys(token_url or issuer, trusted_key_thumbprints),
        token=None,
        count_refusal=count_refusal,
        on_lost=on_lost,
    )
    await process.start()
    try:
        yield process
    finally:
        await process.stop()
