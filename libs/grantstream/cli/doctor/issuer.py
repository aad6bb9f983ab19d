"""The token service's keys and its name; this machine's clock."""

import time
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from grantstream.cli.doctor.finding import Finding, warning, well, wrong
from grantstream.cli.target import Target
from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.guard.errors import KeyRefused
from grantstream.guard.key_set import KeySet

_ANSWER_SECONDS: Final = 5.0


async def examine_issuer(target: Target) -> list[Finding]:
    """Reads the discovery document and the keys as a client would."""
    try:
        async with httpx.AsyncClient(base_url=target.token, timeout=_ANSWER_SECONDS) as client:
            discovery = await client.get("/.well-known/openid-configuration")
            keys = await client.get("/oauth2/v0/jwks")
            discovery.raise_for_status()
            keys.raise_for_status()
            metadata: Any = discovery.json()
            count = len(KeySet.from_jwks(keys.json()).current)
    except httpx.HTTPError as error:
        return [wrong(f"The token service gives no keys at {target.token} ({type(error).__name__}).")]
    except (ValueError, KeyRefused):
        return [wrong(f"The token service's key set at {target.token} is invalid.")]
    faults = [*_name(str(metadata.get("issuer")), target), *_clock(discovery)]
    if not count:
        faults.append(wrong("The token service has no signing key, so no token can be issued or verified."))
    return faults or [well(f"The issuer is {target.base}, and has {count} signing key{'s' * (count > 1)}.")]


def _name(issuer: str, target: Target) -> list[Finding]:
    if issuer == target.base:
        return []
    return [wrong(f"The token service calls itself {issuer}, and the platform's description {target.base}.")]


def _clock(answer: httpx.Response) -> list[Finding]:
    """Compares the clocks by the answer's `Date`, to the second."""
    date = answer.headers.get("date")
    if date is None:
        return []
    difference = time.time() - parsedate_to_datetime(date).timestamp()
    if abs(difference) <= CLOCK_TOLERANCE.total_seconds():
        return []
    return [warning(f"This machine's clock and the token service's differ by {difference:.0f} s.")]
