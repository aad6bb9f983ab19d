"""The rules for a token's header.

`jwk`, `jku`, `x5u` and `x5c` are ignored: a key that comes with the token proves nothing.
"""

from typing import Any, Final

from grantstream.contracts.claims import ACCESS_TOKEN_TYPE
from grantstream.guard.errors import TokenRefused
from grantstream.guard.key_set import KeySet, VerificationKey
from grantstream.guard.refusal_codes import RefusalCode

ALLOWED_ALGORITHMS: Final = frozenset({"RS256", "ES256"})


def key_for(header: dict[str, Any], keys: KeySet) -> VerificationKey:
    """The key that a header names. Raises TokenRefused for any header but that of an access token of a known key."""
    if "crit" in header:
        raise TokenRefused(RefusalCode.CRIT_PRESENT)
    if "b64" in header:
        raise TokenRefused(RefusalCode.B64_PRESENT)
    if header.get("typ") != ACCESS_TOKEN_TYPE:
        raise TokenRefused(RefusalCode.TYP_WRONG)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALLOWED_ALGORITHMS:
        raise TokenRefused(RefusalCode.ALG_NOT_ALLOWED)
    return _known_key(header.get("kid"), algorithm, keys)


def _known_key(kid: object, algorithm: str, keys: KeySet) -> VerificationKey:
    if not isinstance(kid, str) or not kid:
        raise TokenRefused(RefusalCode.KID_MISSING)
    key = keys.find(kid)
    if key is None:
        # No look-up elsewhere: a stranger's token could make this process fetch. New keys come by the log.
        raise TokenRefused(RefusalCode.KID_UNKNOWN)
    if key.algorithm != algorithm:
        # The key decides the algorithm, never the token (RFC 8725, section 3.1).
        raise TokenRefused(RefusalCode.ALG_NOT_OF_KEY)
    return key
