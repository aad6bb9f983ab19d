"""Tokens as guards read them."""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import jwt
import pytest

from grantstream.contracts.claims import API_AUDIENCE, EVENTS_AUDIENCE, AccessTokenClaims, Principal
from grantstream.guard import Guard, KeySet
from grantstream.postgres.errors import DatabaseUnavailable
from grantstream.proof.jws import jwk_thumbprint
from grantstream.testing import FakeFence
from services.token.domain.client import Client
from services.token.domain.client_authentication import UNNAMED_METHODS
from services.token.domain.grounds import Asking, Grounds
from services.token.domain.scope_decision import ScopeDecision
from services.token.domain.signing_key import SigningAlgorithm
from services.token.use_cases.generate_key import generate_key
from services.token.use_cases.mint_token import TokenMinter, at_hash
from services.token.use_cases.self_minted_token import SelfMintedToken

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ISSUER = "https://issuer.test"
KEYS = [generate_key(algorithm, NOW) for algorithm in SigningAlgorithm]
GROUNDS = Grounds(
    principal=Principal.USER,
    subject="user",
    grant_type="password",
    available=(),
    company_id="company",
    roles=frozenset({"developer"}),
    enablement_version=4,
    user_version=2,
    authenticated_at=NOW,
)


@dataclass
class KeysOfNow:
    """Whether the minter's keys are those of now, as a test says; the database fails as often as told."""

    current: bool = True
    overtaken: bool = False
    failures: int = 0
    asked: int = 0

    def are_current(self) -> bool:
        return self.current

    def are_overtaken(self) -> bool:
        return self.overtaken

    async def require(self) -> None:
        self.asked += 1
        if self.asked <= self.failures:
            raise DatabaseUnavailable


def client(**changes: object) -> Client:
    fields: dict[str, object] = {
        "client_id": "client",
        "version": 7,
        "disabled": False,
        "scopes": ("fence.event.writeonly", "openid"),
        "grants": frozenset(),
        "methods": UNNAMED_METHODS,
        "key_space": ("user/*",),
    }
    return Client(**(fields | changes))  # type: ignore[arg-type]


def minter(**options: object) -> TokenMinter:
    return TokenMinter(KEYS, issuer=ISSUER, algorithm=SigningAlgorithm.ES256, **options)  # type: ignore[arg-type]


def read(token: str, audience: str = API_AUDIENCE) -> AccessTokenClaims:
    keys = KeySet.from_jwks({"keys": [dict(key.public_jwk) for key in KEYS]})
    guard = Guard(issuer=ISSUER, audience=audience, keys=keys, fence=FakeFence(), now=lambda: NOW.timestamp() + 1)
    return guard.authenticate(token)


def test_a_guard_reads_what_was_minted() -> None:
    asking = Asking(client(), "secret-1", NOW.timestamp() + 0.9)
    token = minter().access_token(asking, GROUNDS, ScopeDecision(API_AUDIENCE, frozenset({"openid"})), "grant")
    claims = read(token)
    assert (claims.subject, claims.client_id, claims.company_id) == ("user", "client", "company")
    assert (claims.app_version, claims.enablement_version, claims.user_version) == (7, 4, 2)
    assert (claims.grant_id, claims.secret_id, claims.roles) == ("grant", "secret-1", {"developer"})
    assert (claims.issued_at, claims.expires_at - claims.issued_at) == (int(NOW.timestamp()), 3600)
    assert claims.key_space == ()


def test_no_two_tokens_are_the_same() -> None:
    asking = Asking(client(), None, NOW.timestamp())
    decision = ScopeDecision(API_AUDIENCE, frozenset())
    assert minter().access_token(asking, GROUNDS, decision) != minter().access_token(asking, GROUNDS, decision)


@pytest.mark.parametrize("algorithm", list(SigningAlgorithm))
def test_a_client_gets_the_algorithm_it_was_given(algorithm: SigningAlgorithm) -> None:
    asking = Asking(client(), None, NOW.timestamp())
    token = minter(algorithm_of={"client": algorithm}).access_token(
        asking, GROUNDS, ScopeDecision(API_AUDIENCE, frozenset())
    )
    assert jwt.get_unverified_header(token)["alg"] == algorithm
    assert read(token).subject == "user"


def test_the_hash_in_an_id_token_is_that_of_the_standard() -> None:
    expected = base64.urlsafe_b64encode(hashlib.sha256(b"token").digest()[:16]).rstrip(b"=").decode()
    assert at_hash("token") == expected


def test_a_thumbprint_is_that_of_rfc_7638() -> None:
    # The example of section 3.1.
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
        "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
        "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
        "kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert jwk_thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_private_key_is_not_part_of_what_is_printed() -> None:
    assert "PRIVATE" not in repr(KEYS)
    assert all("d" not in key.public_jwk and "p" not in key.public_jwk for key in KEYS)


async def test_the_services_own_token_is_renewed_at_half_its_life() -> None:
    now = NOW.timestamp()
    source = SelfMintedToken(client(is_system=True), minter(), KeysOfNow(), now=lambda: now)
    first = (await source.current()).token
    now += 1799
    assert (await source.current()).token == first
    now += 2
    second = (await source.current()).token
    assert second != first
    now -= 3600
    assert (await source.current()).token not in (first, second)


async def test_the_services_own_token_is_signed_with_the_new_key() -> None:
    of_now = minter()
    source = SelfMintedToken(client(is_system=True), of_now, KeysOfNow(), now=lambda: NOW.timestamp())
    first = await source.current()
    of_now.sign_with([generate_key(algorithm, NOW) for algorithm in SigningAlgorithm])
    second = await source.current()
    assert jwt.get_unverified_header(first.token)["kid"] != jwt.get_unverified_header(second.token)["kid"]
    assert first.key is second.key


async def test_the_services_own_token_waits_for_the_new_key() -> None:
    """While another key is known to sign and the database is down: the old key may be void."""
    keys = KeysOfNow(current=False, overtaken=True, failures=1)
    source = SelfMintedToken(client(is_system=True), minter(), keys, now=lambda: NOW.timestamp())
    await source.current()
    assert keys.asked == 2


async def test_the_services_own_token_survives_a_database_outage() -> None:
    """As long as no other key is known to sign."""
    keys = KeysOfNow(current=False, failures=1)
    source = SelfMintedToken(client(is_system=True), minter(), keys, now=lambda: NOW.timestamp())
    await source.current()
    assert keys.asked == 1


async def test_the_services_own_token_is_for_events_alone() -> None:
    source = SelfMintedToken(client(is_system=True), minter(), KeysOfNow(), now=lambda: NOW.timestamp())
    claims = read((await source.current()).token, EVENTS_AUDIENCE)
    assert (claims.scopes, claims.key_space) == ({"fence.event.writeonly"}, ("user/*",))


def test_a_key_of_another_algorithm_is_refused() -> None:
    key = KEYS[0]
    wrong = replace(key, algorithm=next(a for a in SigningAlgorithm if a is not key.algorithm))
    with pytest.raises(ValueError, match="not of its algorithm"):
        TokenMinter([wrong], issuer=ISSUER, algorithm=wrong.algorithm)
