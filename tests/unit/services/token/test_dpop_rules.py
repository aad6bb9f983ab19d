"""What the token endpoint takes as a proof that a client holds a key (RFC 9449, section 4.3)."""

import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from services.token import errors
from services.token.errors import TokenRequestDenied
from services.token.use_cases.verify_dpop_proof import DpopRules
from tests.dpop import DpopKey

NOW = 1_800_000_000
URL = "https://platform.test/oauth2/v0/token"
RULES = DpopRules(frozenset({URL, "http://10.0.0.7:8080/oauth2/v0/token"}), max_age=60)
KEY = DpopKey()


def proof(*, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
    return KEY.proof(URL, claims={"iat": NOW, **claims}, header=header, key=key)


def refused(*presented: str, now: float = NOW) -> str:
    with pytest.raises(TokenRequestDenied) as caught:
        RULES.check(presented, now)
    assert caught.value.error is errors.DPOP_PROOF_INVALID
    assert not any(text in str(caught.value) for text in presented if text)
    return caught.value.reason


def test_a_valid_proof_gives_its_key_id_and_id_expiry() -> None:
    checked = RULES.check((proof(jti="once"),), NOW)
    assert checked == (KEY.thumbprint, "once", NOW + 60 + 30)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.7:8080/oauth2/v0/token",
        "HTTPS://Platform.TEST:443/oauth2/v0/token",
        f"{URL}?a=b",
        f"{URL}#part",
    ],
)
def test_every_url_and_spelling_of_the_endpoint_is_accepted(url: str) -> None:
    assert RULES.check((proof(htu=url),), NOW).thumbprint == KEY.thumbprint


@pytest.mark.parametrize(
    "url",
    [
        "http://platform.test/oauth2/v0/token",
        "https://platform.test:444/oauth2/v0/token",
        "https://platform.test/oauth2/v0/token/",
        "https://platform.test/OAUTH2/v0/token",
        "https://platform.test.evil.example/oauth2/v0/token",
        "https://platform.test@evil.example/oauth2/v0/token",
        "https://me@platform.test/oauth2/v0/token",
        "https://platform.test:x/oauth2/v0/token",
        "/oauth2/v0/token",
        "",
        None,
        7,
        [URL],
    ],
)
def test_a_proof_for_another_url_is_refused(url: object) -> None:
    assert "htu" in refused(proof(htu=url))


@pytest.mark.parametrize("method", ["GET", "post", "", None, 1])
def test_a_proof_for_another_method_is_refused(method: object) -> None:
    assert "htm" in refused(proof(htm=method))


@pytest.mark.parametrize("age", [-30, 0, 89])
def test_a_proof_is_accepted_within_age_and_clock_tolerance(age: int) -> None:
    assert RULES.check((proof(),), NOW + age)


@pytest.mark.parametrize("age", [-31, 90, 100_000])
def test_an_old_or_future_proof_is_refused(age: int) -> None:
    assert "iat" in refused(proof(), now=NOW + age)


@pytest.mark.parametrize("issued_at", [None, True, str(NOW), 0, -1, 2**80, [NOW]])
def test_a_proof_without_a_sane_time_is_refused(issued_at: object) -> None:
    # PyJWT itself insists on a number, so the claims are encoded elsewhere.
    assert "iat" in refused(_signed({"jti": "a", "htm": "POST", "htu": URL, "iat": issued_at}))


@pytest.mark.parametrize("jti", [None, "", 7, "x" * 201, "nul\x00", "\ud800", ["a"]])
def test_a_proof_without_a_usable_id_is_refused(jti: object) -> None:
    assert "jti" in refused(_signed({"jti": jti, "htm": "POST", "htu": URL, "iat": NOW}))


def test_no_proof_and_two_proofs_are_refused() -> None:
    refused()
    refused(proof(), proof())
    refused("")


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": None},
        {"typ": "DPOP+JWT"},
        {"crit": ["exp"]},
        {"b64": False},
        {"jwk": None},
        {"jwk": "key"},
        {"jwk": {}},
        {"jwk": KEY.jwk | {"d": "AAAA"}},
        {"jwk": KEY.jwk | {"kid": "extra"}},
        {"jwk": KEY.jwk | {"crv": "P-384"}},
        {"jwk": KEY.jwk | {"x": KEY.jwk["x"] + "="}},
        {"jwk": KEY.jwk | {"x": KEY.jwk["x"][:-2]}},
        {"jwk": KEY.jwk | {"x": 5}},
        {"jwk": KEY.jwk | {"y": KEY.jwk["x"]}},
        {"jwk": {name: KEY.jwk[name] for name in ("kty", "crv", "x")}},
        {"jwk": DpopKey().jwk},
    ],
)
def test_a_proof_with_a_wrong_header_is_refused(header: dict[str, Any]) -> None:
    refused(proof(header=header))


def test_a_noncanonical_key_encoding_is_refused() -> None:
    """So a key has one thumbprint, and a token is bound to one name."""
    # The last character of 32 bytes in base64url has two spare bits; a lenient reader ignores them.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    x = KEY.jwk["x"]
    twin = x[:-1] + alphabet[alphabet.index(x[-1]) + 1]
    assert base64.urlsafe_b64decode(twin + "=") == base64.urlsafe_b64decode(x + "=")
    refused(proof(header={"jwk": KEY.jwk | {"x": twin}}))


def test_other_algorithms_are_refused() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    refused(proof(key=key, header={"alg": "RS256", "jwk": jwk}))
    curve = ec.generate_private_key(ec.SECP384R1())
    refused(proof(key=curve, header={"alg": "ES384", "jwk": ECAlgorithm.to_jwk(curve.public_key(), as_dict=True)}))
    refused(proof(key="x" * 48, header={"alg": "HS256"}))


def test_a_proof_with_a_bad_or_no_signature_is_refused() -> None:
    refused(proof(key=ec.generate_private_key(ec.SECP256R1())))
    head, body, signature = proof().split(".")
    refused(f"{head}.{body}.")
    refused(f"{head}.{body}")
    refused(f"{head}.{body}.{signature[:-4]}AAAA")
    refused(f"{head}.{body}.{signature}=")
    _, other_body, _ = proof(jti="other").split(".")
    refused(f"{head}.{other_body}.{signature}")


def test_a_proof_of_unreasonable_size_is_refused_unread() -> None:
    assert refused(proof(more="x" * 4096)) == "DPoP: token_too_large"


def test_a_duplicate_claim_is_refused() -> None:
    """Two parsers could read it differently."""
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.jwk}
    body = f'{{"jti":"a","htm":"POST","htm":"GET","htu":"{URL}","iat":{NOW}}}'.encode()
    signed = jwt.PyJWS().encode(body, KEY.private, algorithm="ES256", headers=header)
    assert "duplicate" in refused(signed)


def _signed(claims: dict[str, Any]) -> str:

    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.jwk}
    return jwt.PyJWS().encode(json.dumps(claims).encode(), KEY.private, algorithm="ES256", headers=header)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256", "es256", None])
def test_a_wrong_alg_is_refused_despite_a_valid_signature(algorithm: str | None) -> None:
    head, body, _ = proof().split(".")
    told = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))) | {"alg": algorithm}
    forged = f"{base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b'=').decode()}.{body}"
    signature = jwt.get_algorithm_by_name("ES256").sign(forged.encode(), KEY.private)
    refused(f"{forged}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")
