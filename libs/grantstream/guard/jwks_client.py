"""The issuer's public keys, fetched once at the start of a process; later keys come by `key.published`."""

import asyncio
import logging
import random
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from grantstream.guard.errors import KeyRefused
from grantstream.guard.key_set import KeySet

_log = logging.getLogger(__name__)
_PATH = "/oauth2/v0/jwks"
_LONGEST_PAUSE = 2.0


async def fetch_keys(token_url: str, trusted: Collection[str] = ()) -> KeySet:
    """The keys of `{token_url}/oauth2/v0/jwks` (RFC 7517). Asks again, with growing pauses, until it gets them.

    All trust in the issuer rests on this answer: use TLS, or one machine, or give in `trusted` the thumbprints
    (RFC 7638) of the trusted keys. See docs/trust.md.
    """
    if not trusted and not _is_private(token_url):
        _log.warning(
            "the issuer's keys are fetched without TLS, and none is pinned: whoever is in between can set them"
        )
    pause = 0.1
    async with httpx.AsyncClient(base_url=token_url, timeout=5.0) as client:
        while True:
            try:
                response = await client.get(_PATH)
                response.raise_for_status()
                keys = KeySet.from_jwks(response.json(), trusted=trusted)
                if keys.current:
                    return keys
                _log.warning("the issuer's key set has no current key to be believed; asking again")
            except (httpx.HTTPError, ValueError, KeyRefused) as error:
                _log.info("the issuer's keys can't be fetched yet: %s", type(error).__name__)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            pause = min(2 * pause, _LONGEST_PAUSE)


def _is_private(url: str) -> bool:
    """Whether no third party can change the answer: by TLS, or because it is this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
