"""A signature is good as a whole, over the whole token, or not at all."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from grantstream.guard import RefusalCode
from tests.unit.guard.forging import (
    RSA_KID,
    Bench,
    ec_key,
    forge,
    header,
    payload,
    rsa_key,
    segment,
    sign_es256,
    sign_rs256,
)

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def test_a_stripped_signature_is_refused() -> None:
    head, body, _ = forge().split(".")
    assert Bench().code_of(f"{head}.{body}.") is RefusalCode.SIGNATURE_MISSING
    assert Bench().code_of(f"{head}.{body}") is RefusalCode.TOKEN_MALFORMED


def test_the_signature_of_another_token_is_refused() -> None:
    head, body, _ = forge(payload(sub="user-2")).split(".")
    other = forge().split(".")[2]
    assert Bench().code_of(f"{head}.{body}.{other}") is RefusalCode.SIGNATURE_INVALID


def test_a_changed_copy_of_a_remembered_token_is_refused() -> None:
    bench = Bench()
    token = forge()
    bench.guard.authenticate(token)
    head, _, signature = token.split(".")
    assert bench.code_of(f"{head}.{segment(payload(sub='user-2'))}.{signature}") is RefusalCode.SIGNATURE_INVALID


@pytest.mark.parametrize(
    "signature",
    [
        bytes(64),
        bytes(32) + b"\x01".rjust(32, b"\0"),
        b"\x01".rjust(32, b"\0") + bytes(32),
        _P256_ORDER.to_bytes(32, "big") * 2,
        b"\xff" * 64,
        b"\0",
        bytes(63),
        bytes(65),
        bytes(128),
        b"\x30\x06\x02\x01\x00\x02\x01\x00",
    ],
    ids=lambda signature: signature[:4].hex() + f"({len(signature)})",
)
def test_malformed_ecdsa_signatures_are_refused(signature: bytes) -> None:
    assert Bench().code_of(forge(sign=lambda _: signature)) is RefusalCode.SIGNATURE_INVALID


def test_a_good_ecdsa_signature_in_der_is_refused() -> None:
    token = forge(sign=lambda signing_input: ec_key().sign(signing_input, ECDSA(SHA256())))
    assert Bench().code_of(token) is RefusalCode.SIGNATURE_INVALID


@pytest.mark.parametrize("signature", [bytes(256), b"\0", b"\xff" * 256, bytes(255), bytes(512)], ids=len)
def test_zero_short_and_long_signatures_of_rsa_are_refused(signature: bytes) -> None:
    token = forge(head=header(alg="RS256", kid=RSA_KID), sign=lambda _: signature)
    assert Bench().code_of(token) is RefusalCode.SIGNATURE_INVALID


def test_a_signature_of_another_key_is_refused() -> None:
    by_ec = forge(sign=lambda data: ECAlgorithm(ECAlgorithm.SHA256).sign(data, ec_key("attacker")))
    assert Bench().code_of(by_ec) is RefusalCode.SIGNATURE_INVALID
    by_rsa = forge(
        head=header(alg="RS256", kid=RSA_KID),
        sign=lambda data: RSAAlgorithm(RSAAlgorithm.SHA256).sign(data, rsa_key("attacker")),
    )
    assert Bench().code_of(by_rsa) is RefusalCode.SIGNATURE_INVALID


def test_a_signature_with_another_digest_is_refused() -> None:
    token = forge(
        head=header(alg="RS256", kid=RSA_KID),
        sign=lambda data: RSAAlgorithm(RSAAlgorithm.SHA512).sign(data, rsa_key()),
    )
    assert Bench().code_of(token) is RefusalCode.SIGNATURE_INVALID


def test_an_ecdsa_signatures_twin_is_voided_with_the_token() -> None:
    """ECDSA is malleable: (r, n - s) is good too. The twin is verified and voided on its own account."""
    bench = Bench()
    token = forge()
    head, body, _ = token.split(".")
    signature = sign_es256(f"{head}.{body}".encode())
    s = int.from_bytes(signature[32:], "big")
    twin = f"{head}.{body}.{segment(signature[:32] + (_P256_ORDER - s).to_bytes(32, 'big'))}"
    assert bench.guard.authenticate(twin) == bench.guard.authenticate(token)
    bench.fence.void("token/token-1")
    assert bench.code_of(twin) is RefusalCode.TOKEN_VOID
    assert bench.code_of(token) is RefusalCode.TOKEN_VOID


def test_an_rsa_signature_with_a_changed_byte_is_refused() -> None:
    head = segment(header(alg="RS256", kid=RSA_KID))
    signing_input = f"{head}.{segment(payload())}"
    good = sign_rs256(signing_input.encode())
    for place in (0, 100, 255):
        bad = bytearray(good)
        bad[place] ^= 1
        assert Bench().code_of(f"{signing_input}.{segment(bytes(bad))}") is RefusalCode.SIGNATURE_INVALID
