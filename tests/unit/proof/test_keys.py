"""Keys have one name and one spelling, and show nothing that is private."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm

from grantstream.proof import Credential, ProofKey, jws
from grantstream.proof.credential import read_p256_key
from grantstream.proof.jws import jwk_thumbprint

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

# RFC 7638, section 3.1.
RSA_EXAMPLE = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjB"
    "ZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8"
    "KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
    "xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}

# The key of RFC 9449, section 4.2; its thumbprint is in section 6.1.
DPOP_EXAMPLE = {
    "kty": "EC",
    "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    "crv": "P-256",
}

# RFC 7515, appendix A.3: an ES256 signature.
JWS_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
JWS = (
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


def test_thumbprints_are_those_of_the_standards() -> None:
    assert jwk_thumbprint(RSA_EXAMPLE) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert jwk_thumbprint(DPOP_EXAMPLE) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def test_the_signature_of_the_standard_is_good_and_no_other() -> None:
    signing_input, _, signature = JWS.rpartition(".")
    key, raw = jws.read_jwk(JWS_KEY), jws.decode_canonical(signature)
    assert raw is not None
    assert jws.verifies(key, signing_input.encode(), raw)
    assert not jws.verifies(key, signing_input.encode() + b"x", raw)
    for wrong in (raw[:-1], raw + b"\0", b"", bytes(64), raw[32:] + raw[:32], b"\xff" * 64):
        assert not jws.verifies(key, signing_input.encode(), wrong)


def test_a_signature_is_one_that_others_verify() -> None:
    key = ProofKey.generate()
    signing_input = b".".join(map(jws.encode, (b'{"alg":"ES256"}', b'{"a":1}')))
    signed = b".".join((signing_input, jws.encode(key.sign(signing_input))))
    public = ECAlgorithm.from_jwk(key.public_jwk)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert jwt.decode(signed, public, algorithms=["ES256"]) == {"a": 1}


def test_coordinates_with_leading_zeros_keep_their_length() -> None:
    # Seed found by trying: about one key in 128 has a coordinate that begins with a zero byte.
    for number in range(1, 2000):
        private = ec.derive_private_key(number, ec.SECP256R1())
        numbers = private.public_key().public_numbers()
        if min(numbers.x, numbers.y) < 2**248:
            jwk = ProofKey(private).public_jwk
            assert len(jwk["x"]) == len(jwk["y"]) == 43
            assert jws.read_jwk(jwk).public_numbers() == numbers
            return
    pytest.fail("no such key among these")


def _changed(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (JWS_KEY | changes).items() if value is not None}


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        _changed(d="jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"),
        _changed(kid="a"),
        _changed(use="sig"),
        _changed(y=None),
        _changed(kty="RSA"),
        _changed(crv="P-384"),
        _changed(crv="secp256k1"),
        _changed(x=JWS_KEY["y"]),
        _changed(x=JWS_KEY["x"] + "="),
        _changed(x="AA" + JWS_KEY["x"]),
        _changed(x=JWS_KEY["x"][:-2]),
        _changed(x=1),
        _changed(x=None, X=JWS_KEY["x"]),
        _changed(x="A" * 43, y="A" * 43),
        _changed(x="_" * 42 + "8"),
    ],
    ids=json.dumps,
)
def test_only_exactly_a_public_key_of_the_curve_is_one(jwk: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own text for a point that is not on the curve
        jws.read_jwk(jwk)


def _pem(folder: Path, key: ec.EllipticCurvePrivateKey) -> Path:
    path = folder / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def test_a_key_is_read_from_a_file(tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    key = ProofKey(read_p256_key(_pem(tmp_path, private)))
    assert key.public_jwk == jws.public_jwk(private.public_key())
    assert key.thumbprint == jwk_thumbprint(key.public_jwk)


def test_a_key_file_of_another_curve_is_refused_unquoted(tmp_path: Path) -> None:
    path = _pem(tmp_path, ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(ValueError, match=r"P-256") as failure:
        read_p256_key(path)
    assert "BEGIN" not in str(failure.value)
    with pytest.raises(ValueError, match="P-256"):
        ProofKey(ec.generate_private_key(ec.SECP384R1()))


def test_neither_key_nor_token_shows_in_what_is_printed() -> None:
    credential = Credential("the-token", ProofKey.generate())
    assert "the-token" not in repr(credential)
    private = credential.key._private.private_numbers().private_value
    assert str(private) not in repr(vars(credential.key)) + repr(credential)
