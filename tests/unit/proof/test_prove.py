"""What a producer adds to its records, and how strictly it is read."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.proof import Credential, ProofKey, RecordContent, prove
from grantstream.proof.leaf import leaf_hash
from grantstream.proof.merkle import MAX_LEAVES
from grantstream.proof.window_proof import MAX_BYTES, MalformedProof, WindowPath, read_proof, token_hash, write_proof

CREDENTIAL = Credential("a.b.c", ProofKey.generate())
HEAD = bytes(range(32))


def record(number: int) -> RecordContent:
    return RecordContent("app.modified", b"app-1", b"%d" % number, [("ce_id", b"%d" % number)])


def _segment(content: bytes | dict[str, Any]) -> bytes:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(raw).rstrip(b"=")


def header(**changes: Any) -> dict[str, Any]:
    members = {"typ": "event-proof+jws", "alg": "ES256", "jwk": CREDENTIAL.key.public_jwk} | changes
    return {name: value for name, value in members.items() if value is not ...}


def payload(**changes: Any) -> dict[str, Any]:
    members = {
        "ath": _segment(token_hash("a.b.c")).decode(),
        "root": _segment(HEAD).decode(),
        "size": 1,
        "iat": 1,
    } | changes
    return {name: value for name, value in members.items() if value is not ...}


def forged(head: Any = None, claims: Any = None) -> bytes:
    """A proof of any header and payload, signed by the right key; without arguments a good one."""
    signing_input = (
        _segment(header() if head is None else head) + b"." + _segment(payload() if claims is None else claims)
    )
    return signing_input + b"." + _segment(CREDENTIAL.key.sign(signing_input))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 500])
def test_every_record_of_a_window_leads_to_the_signed_head(size: int) -> None:
    records = [record(number) for number in range(size)]
    shown = [dict(headers) for headers in prove(CREDENTIAL, records, now=lambda: 7.9)]
    assert len({headers["event-proof"] for headers in shown}) == 1
    assert {headers["authorization"] for headers in shown} == {b"Bearer a.b.c"}
    proof = read_proof(shown[0]["event-proof"])
    assert proof.is_by_key(CREDENTIAL.key.thumbprint)
    assert proof.is_for_token("a.b.c")
    assert proof.is_signed()
    assert proof.size == size
    for content, headers in zip(records, shown, strict=True):
        path = WindowPath.read(headers["event-proof-path"]) if size > 1 else WindowPath()
        leaf = leaf_hash(content.topic, content.key, content.value, content.headers)
        assert path.size == size
        assert path.head(leaf) == proof.head


def test_one_record_needs_no_path_and_no_record_no_proof() -> None:
    [headers] = prove(CREDENTIAL, [record(1)])
    assert [name for name, _ in headers] == ["authorization", "event-proof"]
    assert prove(CREDENTIAL, []) == []


def test_a_window_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="65536"):
        prove(CREDENTIAL, [record(1)] * (MAX_LEAVES + 1))


def test_a_good_proof_is_read() -> None:
    assert read_proof(forged()).is_signed()
    assert read_proof(write_proof(CREDENTIAL.key, "a.b.c", HEAD, 1, issued_at=1)).head == HEAD


def test_a_proof_for_another_token_or_key_does_not_match() -> None:
    proof = read_proof(forged())
    assert not proof.is_for_token("a.b.d")
    assert not proof.is_by_key(ProofKey.generate().thumbprint)
    assert not proof.is_by_key("ä")
    stranger = read_proof(forged(header(jwk=ProofKey.generate().public_jwk)))
    assert not stranger.is_signed()


_JWK = CREDENTIAL.key.public_jwk

MALFORMED: dict[str, Any] = {
    "empty": b"",
    "two segments": forged().rpartition(b".")[0],
    "four segments": forged() + b".",
    "padded": forged() + b"=",
    "foreign characters": forged().replace(b".", b".\n", 1),
    "not ASCII": forged() + "ä".encode(),
    "spare bits": forged()[:-1] + (b"B" if forged()[-1:] != b"B" else b"C"),
    "too large": forged(claims=payload(iat=10**MAX_BYTES)),
    "typ of another thing": forged(header(typ="at+jwt")),
    "typ in capitals": forged(header(typ="EVENT-PROOF+JWS")),
    "no typ": forged(header(typ=...)),
    "alg none": forged(header(alg="none")),
    "alg HS256": forged(header(alg="HS256")),
    "alg ES384": forged(header(alg="ES384")),
    "no alg": forged(header(alg=...)),
    "crit": forged(header(crit=["exp"])),
    "b64": forged(header(b64=False)),
    "kid": forged(header(kid="a")),
    "jku": forged(header(jku="https://a")),
    "no jwk": forged(header(jwk=...)),
    "jwk null": forged(header(jwk=None)),
    "jwk a list": forged(header(jwk=[_JWK])),
    "jwk empty": forged(header(jwk={})),
    "jwk private": forged(header(jwk=_JWK | {"d": _JWK["x"]})),
    "jwk with a name": forged(header(jwk=_JWK | {"kid": "a"})),
    "jwk RSA": forged(header(jwk={"kty": "RSA", "n": _JWK["x"], "e": "AQAB"})),
    "jwk P-384": forged(header(jwk=_JWK | {"crv": "P-384"})),
    "jwk off the curve": forged(header(jwk=_JWK | {"x": _JWK["y"]})),
    "jwk kty a list": forged(header(jwk=_JWK | {"kty": ["EC"]})),
    "header a list": forged(b"[]"),
    "header not JSON": forged(b"{"),
    "header not UTF-8": forged(b'{"typ":"\xff"}'),
    "header with a key twice": forged(json.dumps(header()).replace('"typ"', '"alg": "none", "typ"').encode()),
    "payload with a key twice": forged(claims=json.dumps(payload()).replace('"iat"', '"iat": 2, "iat"').encode()),
    "payload nested": forged(claims=b"[" * 100),
    "payload a string": forged(claims=b'"x"'),
    "no iat": forged(claims=payload(iat=...)),
    "iat a float": forged(claims=payload(iat=1.0)),
    "iat a boolean": forged(claims=payload(iat=True)),
    "iat NaN": forged(claims=json.dumps(payload()).replace('"iat": 1', '"iat": NaN').encode()),
    "another member": forged(claims=payload(nonce="a")),
    "no ath": forged(claims=payload(ath=...)),
    "ath short": forged(claims=payload(ath="AAAA")),
    "ath null": forged(claims=payload(ath=None)),
    "root padded": forged(claims=payload(root=_segment(HEAD).decode() + "=")),
    "root long": forged(claims=payload(root=_segment(HEAD + b"\0").decode())),
    "size 0": forged(claims=payload(size=0)),
    "size negative": forged(claims=payload(size=-1)),
    "size too large": forged(claims=payload(size=MAX_LEAVES + 1)),
    "size huge": forged(claims=payload(size=2**64)),
    "size a string": forged(claims=payload(size="1")),
    "size a boolean": forged(claims=payload(size=True)),
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_proof_is_refused_without_quoting_it(raw: bytes) -> None:
    with pytest.raises(MalformedProof) as malformed:
        read_proof(raw)
    assert len(str(malformed.value)) < 60


@given(st.binary(max_size=2 * MAX_BYTES) | st.binary(max_size=50).map(lambda noise: forged() + noise))
def test_no_bytes_make_the_reader_fail_otherwise(raw: bytes) -> None:
    try:
        read_proof(raw)
    except MalformedProof:
        return
    assert raw == forged() or raw.count(b".") == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"0", b"0.2", b"0.2.", b"00.2.AA", b"0.02.AA", b"+0.2.AA", b"-1.2.AA", b" 0.2.AA", b"0.2.AA ", b"0.2.AA=",
        b"0.2.AB", b"0.2.A", b"0.2.A/", b"0.2.AA.AA", b"0.2.AA\n", b"0_0.2.AA", b"0x0.2.AA", "\u0660.2.AA".encode(),
        b"\xff.2.AA",
        b"100000.2.AA", b"0.100000.AA", b"%d.%d.AA" % (2**64, 2**65), b"0.2." + b"A" * 684, b"0.2." + b"A" * 1_000_000,
    ],
    ids=lambda raw: repr(raw[:20]),
)  # fmt: skip
def test_a_path_has_one_spelling(raw: bytes) -> None:
    with pytest.raises(MalformedProof):
        WindowPath.read(raw)


@given(st.integers(0, 99_999), st.integers(1, 99_999), st.binary(min_size=1, max_size=512))
def test_a_path_is_read_as_it_is_written(index: int, size: int, siblings: bytes) -> None:
    path = WindowPath(index, size, siblings)
    assert WindowPath.read(path.to_bytes()) == path
