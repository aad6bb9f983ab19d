"""How fast the guard is, beside PyJWT's own decode: `PYTHONPATH=libs:. python -m tests.bench.bench_guard`.

PyJWT gets what it needs to do the same job as far as it can: the key, the algorithm, issuer, audience, and the list of
claims that must be there. Both judge the same tokens in turns, so that a busy machine slows both.
"""

import statistics
import time
from collections.abc import Callable

import jwt
from jwt import PyJWK

from grantstream.contracts.claims import API_AUDIENCE
from grantstream.contracts.void import VoidBelow
from grantstream.guard import Guard, KeySet
from tests.unit.guard.forging import (
    EC_KID,
    ISSUER,
    RSA_KID,
    FakeFence,
    ec_jwk,
    ec_key,
    forge,
    header,
    known_keys,
    payload,
    rsa_jwk,
    rsa_key,
    sign_es256,
    sign_rs256,
)

ROUNDS = 60
TOKENS = 200
SIGNERS = {
    "ES256": (EC_KID, ec_jwk(ec_key()), sign_es256),
    "RS256": (RSA_KID, rsa_jwk(rsa_key()), sign_rs256),
}
REQUIRED = ["exp", "iat", "nbf", "aud", "iss", "sub", "jti", "client_id", "scope"]


def busy_fence() -> FakeFence:
    """A fence that has heard of 10,000 narrowings within a token's life, none about the tokens judged here."""
    fence = FakeFence()
    for n in range(10_000):
        fence.tell(f"app/other-{n}", 2, VoidBelow(version=2))
    return fence


def fresh_guard(fence: FakeFence, keys: KeySet) -> Guard:
    return Guard(issuer=ISSUER, audience=API_AUDIENCE, keys=keys, fence=fence, now=time.time)


def microseconds(judge: Callable[[str], object], tokens: list[str]) -> float:
    """CPU time of judging one token."""
    began = time.process_time_ns()
    for token in tokens:
        judge(token)
    return (time.process_time_ns() - began) / 1000 / len(tokens)


def measure(algorithm: str) -> None:
    kid, jwk, sign = SIGNERS[algorithm]
    now = int(time.time())
    times = {"iat": now - 60, "nbf": now - 60, "exp": now + 3000}
    tokens = [forge(payload(jti=f"token-{n}", **times), header(alg=algorithm, kid=kid), sign) for n in range(TOKENS)]
    fence, keys, key = busy_fence(), known_keys(), PyJWK(jwk)

    def by_pyjwt(token: str) -> object:
        return jwt.decode(
            token, key, algorithms=[algorithm], audience=API_AUDIENCE, issuer=ISSUER, options={"require": REQUIRED}
        )

    ours, theirs, seen = [], [], []
    for _ in range(ROUNDS):
        guard = fresh_guard(fence, keys)
        theirs.append(microseconds(by_pyjwt, tokens))
        ours.append(microseconds(guard.authenticate, tokens))
        # A request brings the token as a new string each time, so its hash is not at hand.
        again = ["".join((token[:10], token[10:])) for token in tokens]
        seen.append(microseconds(guard.authenticate, again))
    new, decode, remembered = map(statistics.median, (ours, theirs, seen))
    print(f"{algorithm}: token of {len(tokens[0])} bytes, medians of {ROUNDS} rounds of {TOKENS}, CPU time")
    print(f"  PyJWT decode          {decode:7.2f} us")
    print(f"  guard, new token      {new:7.2f} us   ratio {new / decode:.2f}   (target <= 1.30)")
    print(f"  guard, seen before    {remembered:7.2f} us                (target <= 5 us)")


def main() -> None:
    for algorithm in SIGNERS:
        measure(algorithm)


if __name__ == "__main__":
    main()
