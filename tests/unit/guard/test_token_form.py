"""A token is read strictly, or not at all."""

import json
from base64 import urlsafe_b64decode

import pytest

from grantstream.guard import GuardLimits, RefusalCode
from tests.unit.guard.forging import Bench, forge, header, payload, segment, sign_es256, sign_rs256


def json_of(claims: dict[str, object]) -> bytes:
    return json.dumps(claims).encode()


def test_a_good_token_of_either_algorithm_is_taken() -> None:
    bench = Bench()
    assert bench.code_of(forge()) is None
    assert bench.code_of(forge(head=header(alg="RS256", kid="rsa-1"), sign=sign_rs256)) is None


def test_the_claims_of_a_good_token_come_out_typed() -> None:
    claims = Bench().guard.authenticate(forge())
    assert (claims.subject, claims.client_id, claims.company_id) == ("user-1", "app-1", "company-1")
    assert claims.scopes == {"receipts.read", "user.write"}
    assert (claims.app_version, claims.enablement_version, claims.user_version) == (3, 2, 5)
    assert claims.key_id == "ec-1"


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c.d", "..", ".b.c", "a..c", "é.b.c", "Bearer a.b.c.d"])
def test_what_has_not_three_segments_is_malformed(token: str) -> None:
    assert Bench().code_of(token) is RefusalCode.TOKEN_MALFORMED


def test_a_token_over_the_limit_is_refused_unread() -> None:
    bench = Bench(GuardLimits(max_token_bytes=2000))
    assert bench.code_of(forge(payload(filler="x" * 2000))) is RefusalCode.TOKEN_TOO_LARGE
    assert bench.code_of("x" * 10_000_000) is RefusalCode.TOKEN_TOO_LARGE


def test_the_usual_limit_is_eight_kibibytes() -> None:
    assert Bench().code_of("x" * (8 * 1024 + 1)) is RefusalCode.TOKEN_TOO_LARGE


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("spoil", [lambda s: s + "=", lambda s: s + "==", lambda s: " " + s, lambda s: s + "\n"])
def test_padding_and_whitespace_are_refused_in_any_segment(part: int, spoil: object) -> None:
    segments = forge().split(".")
    segments[part] = spoil(segments[part])  # type: ignore[operator]
    code = Bench().code_of(".".join(segments))
    # The signature covers the header and the payload as they are spelled, so a spoilt payload fails there already.
    assert code is (RefusalCode.SIGNATURE_INVALID if part == 1 else RefusalCode.BASE64_NOT_CANONICAL)


def test_a_signed_but_non_canonical_payload_is_refused() -> None:
    spelled = segment(b'{"iss":1}')
    assert len(spelled) % 4 == 0
    for spoilt in (spelled + "=", spelled[:-1] + "+", spelled + "A"):
        signing_input = f"{segment(header())}.{spoilt}"
        token = f"{signing_input}.{segment(sign_es256(signing_input.encode()))}"
        assert Bench().code_of(token) is RefusalCode.BASE64_NOT_CANONICAL


def test_spare_bits_of_a_signature_must_be_zero() -> None:
    token = forge()
    assert token[-1] in "AQgw"
    twin = token[:-1] + chr(ord(token[-1]) + 1)
    assert Bench().code_of(twin) is RefusalCode.BASE64_NOT_CANONICAL


@pytest.mark.parametrize("raw", [b'{"a":12}', b'{"a":1234}'], ids=["2 spare bits", "4 spare bits"])
def test_a_payload_has_one_spelling_even_for_its_signer(raw: bytes) -> None:
    spelled = segment(raw)
    twin = spelled[:-1] + chr(ord(spelled[-1]) + 1)
    assert urlsafe_b64decode(twin + "==") == raw
    signing_input = f"{segment(header())}.{twin}"
    token = f"{signing_input}.{segment(sign_es256(signing_input.encode()))}"
    assert Bench().code_of(token) is RefusalCode.BASE64_NOT_CANONICAL


def test_the_standard_alphabet_is_refused() -> None:
    head, body, _ = forge().split(".")
    assert Bench().code_of(f"{head}.{body}.+/+/") is RefusalCode.BASE64_NOT_CANONICAL


@pytest.mark.parametrize("pair", [b'"alg":"ES256","alg":"ES256"', b'"alg":"none","alg":"ES256"', b'"x":{"a":1,"a":2}'])
def test_duplicate_header_keys_are_refused_at_any_depth(pair: bytes) -> None:
    head = b'{"typ":"at+jwt","alg2":"ES256","kid":"ec-1",' + pair + b"}"
    assert Bench().code_of(forge(head=head)) is RefusalCode.DUPLICATE_JSON_KEY


@pytest.mark.parametrize("pair", [b'"sub":"user-2"', b'"extra":[{"a":1,"a":1}]', b'"\\u0073ub":"user-2"'])
def test_duplicate_payload_keys_are_refused_at_any_depth(pair: bytes) -> None:
    claims = json_of(payload())[:-1] + b"," + pair + b"}"
    assert Bench().code_of(forge(claims)) is RefusalCode.DUPLICATE_JSON_KEY


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
def test_numbers_that_json_does_not_know_are_refused(constant: bytes) -> None:
    claims = json_of(payload())[:-1] + b',"extra":' + constant + b"}"
    assert Bench().code_of(forge(claims)) is RefusalCode.JSON_MALFORMED


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"1",
        b'"{}"',
        b"{",
        b"{}x",
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":"\x01"}',
        b'{"exp":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_a_json_object_is_refused(raw: bytes) -> None:
    head = raw if raw else b" "
    assert Bench().code_of(forge(head=head)) is RefusalCode.JSON_MALFORMED
    assert Bench().code_of(forge(head)) is RefusalCode.JSON_MALFORMED


@pytest.mark.parametrize("raw", [b'{"a":"\xff"}', b"\xff\xfe{\x00}\x00", b'{"a":"\xed\xa0\x80"}'])
def test_what_is_not_utf8_is_refused(raw: bytes) -> None:
    assert Bench().code_of(forge(raw)) is RefusalCode.NOT_UTF8
    assert Bench().code_of(forge(head=raw)) is RefusalCode.NOT_UTF8


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_other_encodings_of_json_are_not_guessed(encoding: str) -> None:
    code = Bench().code_of(forge('{"a":1}'.encode(encoding)))
    assert code in {RefusalCode.NOT_UTF8, RefusalCode.JSON_MALFORMED}


@pytest.mark.parametrize("bomb", [b"[" * 3000, b'{"a":' * 900, b"[" * 100 + b"]" * 100])
def test_deep_nesting_is_refused_before_it_is_parsed(bomb: bytes) -> None:
    assert Bench().code_of(forge(b'{"a":' + bomb)) is RefusalCode.JSON_TOO_NESTED
    assert Bench().code_of(forge(head=b'{"a":' + bomb)) is RefusalCode.JSON_TOO_NESTED
