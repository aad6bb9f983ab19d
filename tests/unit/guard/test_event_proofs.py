"""A record is its producer's own, whole and unmoved, or it is refused; each way of failing has its code."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from grantstream.contracts.topics import TOPICS
from grantstream.guard import EventRefused, RefusalCode
from grantstream.proof import Credential, ProofKey, jws, prove
from grantstream.proof.merkle import HASH_BYTES, MAX_LEAVES
from grantstream.proof.window_proof import WindowPath, write_proof
from grantstream.testing import record
from grantstream.testing.mint import PRODUCER_KEY, producer_claims
from tests.unit.guard.shown_records import MINT, NOW, TOKEN, Shown, a_token, alone, enabled, window, with_signature

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def with_header(name: str, value: bytes | None) -> Callable[[Shown], Shown]:
    return lambda shown: shown.saying(
        headers=[(header, value if header == name else old) for header, old in shown.content.headers]
    )


def path_of(shown: Shown) -> WindowPath:
    return WindowPath.read(shown.shown["event-proof-path"] or b"")


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_honest_records_are_accepted_in_any_order_and_again(size: int) -> None:
    records = window(size)
    guard = MINT.guard()
    assert {shown.code(guard) for shown in [*reversed(records), *records]} == {None}


REFUSED: dict[str, tuple[Callable[[Shown], Shown], RefusalCode]] = {
    "no proof": (lambda shown: shown.without("event-proof"), RefusalCode.EVENT_PROOF_MISSING),
    "proof null": (lambda shown: shown.with_shown(event_proof=None), RefusalCode.EVENT_PROOF_NULL),
    "proof twice": (
        lambda shown: replace(shown, more=[("event-proof", shown.shown["event-proof"])]),
        RefusalCode.EVENT_PROOF_REPEATED,
    ),
    "path twice": (
        lambda shown: replace(shown, more=[("event-proof-path", shown.shown["event-proof-path"])]),
        RefusalCode.EVENT_PROOF_REPEATED,
    ),
    "path null": (lambda shown: shown.with_shown(event_proof_path=None), RefusalCode.EVENT_PROOF_NULL),
    "proof empty": (lambda shown: shown.with_shown(event_proof=b""), RefusalCode.EVENT_PROOF_MALFORMED),
    "proof not a JWS": (lambda shown: shown.with_shown(event_proof=b"\xff"), RefusalCode.EVENT_PROOF_MALFORMED),
    "proof too large": (
        lambda shown: shown.with_shown(event_proof=b"A" * 10_000_000),
        RefusalCode.EVENT_PROOF_MALFORMED,
    ),
    "the token as proof": (
        lambda shown: shown.with_shown(event_proof=TOKEN.encode()),
        RefusalCode.EVENT_PROOF_MALFORMED,
    ),
    "path empty": (lambda shown: shown.with_shown(event_proof_path=b""), RefusalCode.EVENT_PROOF_MALFORMED),
    "path huge": (
        lambda shown: shown.with_shown(event_proof_path=b"0.2." + b"A" * 10_000_000),
        RefusalCode.EVENT_PROOF_MALFORMED,
    ),
    "index past all integers": (
        lambda shown: shown.with_shown(event_proof_path=b"%d.%d.AAAA" % (2**64, 2**64 + 1)),
        RefusalCode.EVENT_PROOF_MALFORMED,
    ),
    "another key": (
        lambda shown: shown.with_shown(**_proof(key=ProofKey.generate())),
        RefusalCode.EVENT_PROOF_OTHER_KEY,
    ),
    "another token": (
        lambda shown: shown.with_shown(**_proof(token=a_token())),
        RefusalCode.EVENT_PROOF_OTHER_TOKEN,
    ),
    "signature of another proof": (
        lambda shown: shown.with_shown(event_proof=_spliced(shown.shown["event-proof"], alone().shown["event-proof"])),
        RefusalCode.EVENT_PROOF_SIGNATURE_INVALID,
    ),
    "signature of zeros": (
        lambda shown: shown.with_shown(event_proof=with_signature(shown.shown["event-proof"], bytes(64))),
        RefusalCode.EVENT_PROOF_SIGNATURE_INVALID,
    ),
    "signature in DER": (
        lambda shown: shown.with_shown(event_proof=with_signature(shown.shown["event-proof"], b"0D\x02 " + bytes(66))),
        RefusalCode.EVENT_PROOF_SIGNATURE_INVALID,
    ),
    "signature cut off": (
        lambda shown: shown.with_shown(event_proof=with_signature(shown.shown["event-proof"], b"")),
        RefusalCode.EVENT_PROOF_SIGNATURE_INVALID,
    ),
    "another topic": (lambda shown: shown.saying(topic="app.disabled"), RefusalCode.EVENT_PROOF_CONTENT_MISMATCH),
    "another key of the record": (
        lambda shown: shown.saying(key=b"app-1/company-9"),
        RefusalCode.EVENT_PROOF_CONTENT_MISMATCH,
    ),
    "no key": (lambda shown: shown.saying(key=None), RefusalCode.EVENT_PROOF_CONTENT_MISMATCH),
    "another value": (
        lambda shown: shown.saying(value=(shown.content.value or b"") + b" "),
        RefusalCode.EVENT_PROOF_CONTENT_MISMATCH,
    ),
    "another ce_id": (with_header("ce_id", b"other"), RefusalCode.EVENT_PROOF_CONTENT_MISMATCH),
    "another ce_time": (with_header("ce_time", b"2030-01-01T00:00:00Z"), RefusalCode.EVENT_PROOF_CONTENT_MISMATCH),
    "another ce_source": (with_header("ce_source", b"urn:other"), RefusalCode.EVENT_PROOF_CONTENT_MISMATCH),
    "a null ce_id": (with_header("ce_id", None), RefusalCode.EVENT_PROOF_CONTENT_MISMATCH),
    "another content type": (with_header("content-type", b"text/plain"), RefusalCode.EVENT_PROOF_CONTENT_MISMATCH),
    "an attribute more": (
        lambda shown: replace(shown, more=[("ce_tenant", b"a")]),
        RefusalCode.EVENT_PROOF_CONTENT_MISMATCH,
    ),
    "an attribute less": (
        lambda shown: shown.saying(headers=shown.content.headers[1:]),
        RefusalCode.EVENT_PROOF_CONTENT_MISMATCH,
    ),
    "no path": (lambda shown: shown.without("event-proof-path"), RefusalCode.EVENT_PROOF_CONTENT_MISMATCH),
    "the path of its neighbour": (
        lambda shown: shown.with_shown(event_proof_path=replace(path_of(shown), index=0).to_bytes()),
        RefusalCode.EVENT_PROOF_CONTENT_MISMATCH,
    ),
    "a path to outside": (
        lambda shown: shown.with_shown(event_proof_path=replace(path_of(shown), index=3).to_bytes()),
        RefusalCode.EVENT_PROOF_CONTENT_MISMATCH,
    ),
    "a window of another size": (
        lambda shown: shown.with_shown(event_proof_path=replace(path_of(shown), size=4).to_bytes()),
        RefusalCode.EVENT_PROOF_CONTENT_MISMATCH,
    ),
    "a path that is longer than the tree": (
        lambda shown: shown.with_shown(event_proof_path=_longer(path_of(shown)).to_bytes()),
        RefusalCode.EVENT_PROOF_CONTENT_MISMATCH,
    ),
    "a path that is shorter than the tree": (
        lambda shown: shown.with_shown(event_proof_path=replace(path_of(shown), siblings=bytes(HASH_BYTES)).to_bytes()),
        RefusalCode.EVENT_PROOF_CONTENT_MISMATCH,
    ),
    "a size that no window has": (
        lambda shown: shown.with_shown(event_proof_path=replace(path_of(shown), size=MAX_LEAVES + 1).to_bytes()),
        RefusalCode.EVENT_PROOF_CONTENT_MISMATCH,
    ),
}


def _proof(**options: Any) -> dict[str, bytes | None]:
    shown = window(3, **options)[1].shown
    return {name.replace("-", "_"): value for name, value in shown.items() if name != "authorization"}


def _spliced(proof: bytes | None, other: bytes | None) -> bytes:
    return b".".join([*(proof or b"").split(b".")[:2], (other or b"").split(b".")[2]])


def _longer(path: WindowPath) -> WindowPath:
    return replace(path, siblings=path.siblings + bytes(HASH_BYTES))


@pytest.mark.parametrize(("spoil", "code"), REFUSED.values(), ids=REFUSED)
def test_a_tampered_record_or_proof_has_its_refusal_code(spoil: Callable[[Shown], Shown], code: RefusalCode) -> None:
    good = window(3)[1]
    spoilt = spoil(good)
    assert spoilt.code() is code
    # Nor does it help that the honest record was seen before, or the other way round.
    guard = MINT.guard()
    assert [shown.code(guard) for shown in (good, spoilt, good, spoilt)] == [None, code, None, code]


@pytest.mark.parametrize("shown", [alone(), replace(alone(), shown={"authorization": b"Bearer " + TOKEN.encode()})])
def test_a_token_that_is_bound_to_no_key_writes_no_event(shown: Shown) -> None:
    unbound = MINT.token(producer_claims(now=NOW), confirmation_thumbprint=None)
    assert shown.with_shown(authorization=f"Bearer {unbound}".encode()).code() is RefusalCode.TOKEN_UNBOUND


def test_a_refusal_of_a_proof_is_counted_and_quotes_nothing() -> None:
    counted: list[RefusalCode] = []
    guard = MINT.guard(count_refusal=counted.append)
    shown = alone()
    spoilt = shown.with_shown(event_proof=(shown.shown["event-proof"] or b"") + b".secret")
    with pytest.raises(EventRefused) as refused:
        guard.read_event(
            topic=TOPICS[spoilt.content.topic],
            key=spoilt.content.key,
            headers=[*spoilt.content.headers, *spoilt.shown.items()],
            value=spoilt.content.value,
            appended_at=NOW,
        )
    assert counted == [RefusalCode.EVENT_PROOF_MALFORMED]
    assert "secret" not in repr(refused.value)
    assert TOKEN not in repr(refused.value)


def test_pieces_read_off_a_topic_prove_no_other_record() -> None:
    """Whoever reads tokens, proofs and paths can put them together as he likes: no other record comes of it."""
    read = [*window(3), *window(2, first=3), alone(first=5), *window(3, token=a_token(), first=6)]
    forged = record(enabled(99))
    guard = MINT.guard()
    assert {shown.code(guard) for shown in read} == {None}
    for token in read:
        for proof in read:
            for path in read:
                pieces = {
                    "authorization": token.shown["authorization"],
                    "event-proof": proof.shown["event-proof"],
                    **{name: value for name, value in path.shown.items() if name == "event-proof-path"},
                }
                assert Shown(forged, pieces).code(guard) is not None


def test_two_windows_are_not_spliced() -> None:
    first, second = window(3), window(3, first=3)
    guard = MINT.guard()
    for one in first:
        for other in second:
            assert replace(one, shown=other.shown).code(guard) is RefusalCode.EVENT_PROOF_CONTENT_MISMATCH
            mixed = one.with_shown(event_proof_path=other.shown["event-proof-path"])
            assert mixed.code(guard) is RefusalCode.EVENT_PROOF_CONTENT_MISMATCH


def test_an_inner_node_of_a_tree_is_no_record() -> None:
    """Shown as a window of two, the halves of a window of four reach its head; but no record has such a hash."""
    four = window(4)
    path = path_of(four[0])
    upper = WindowPath(0, 2, path.siblings[HASH_BYTES:])
    assert four[0].with_shown(event_proof_path=upper.to_bytes()).code() is RefusalCode.EVENT_PROOF_CONTENT_MISMATCH


def test_a_signatures_twin_proves_only_the_same_record() -> None:
    shown = window(2)[0]
    head, payload, signature = (shown.shown["event-proof"] or b"").split(b".")
    raw = urlsafe_b64decode(signature + b"==")
    twin = raw[:32] + (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    twinned = shown.with_shown(event_proof=b".".join((head, payload, urlsafe_b64encode(twin).rstrip(b"="))))
    guard = MINT.guard()
    assert twinned.code(guard) is None
    assert twinned.saying(value=b"{}").code(guard) is RefusalCode.EVENT_PROOF_CONTENT_MISMATCH


def test_a_record_proven_with_another_key_is_refused() -> None:
    shown = alone()
    [headers] = prove(Credential(TOKEN, ProofKey.generate()), [shown.content])
    assert replace(shown, shown=dict(headers)).code() is RefusalCode.EVENT_PROOF_OTHER_KEY


def test_a_proof_is_no_more_than_its_token() -> None:
    """What the token may not do, no proof makes good; and a good proof of a void token is refused as before."""
    guard = MINT.guard()
    shown = alone()
    assert shown.code(guard) is None
    guard._keys.remove(MINT.kid)
    assert shown.code(guard) is RefusalCode.KID_UNKNOWN


def test_when_a_proof_was_made_decides_nothing() -> None:
    shown = alone()
    [headers] = prove(Credential(TOKEN, PRODUCER_KEY), [shown.content], now=lambda: 1.0)
    assert replace(shown, shown=dict(headers)).code() is None


def test_a_signed_head_with_another_window_size_is_refused() -> None:
    """The size is signed, so that the place of a record in its window is one thing only."""
    shown = window(3)[0]
    path = path_of(shown)
    leaf_head = path.head(_leaf(shown))
    assert leaf_head == replace(path, size=4).head(_leaf(shown))
    proof = write_proof(PRODUCER_KEY, TOKEN, leaf_head or b"", 4, issued_at=1)
    assert shown.with_shown(event_proof=proof).code() is RefusalCode.EVENT_PROOF_CONTENT_MISMATCH


def _leaf(shown: Shown) -> bytes:
    from grantstream.proof.leaf import leaf_hash

    content = shown.content
    return leaf_hash(content.topic, content.key, content.value, content.headers)


def test_a_key_is_checked_before_what_it_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends proofs by keys of his own costs no check of a signature."""
    monkeypatch.setattr(jws, "verifies", lambda *_: pytest.fail("a stranger's signature was checked"))
    assert alone(key=ProofKey.generate()).code() is RefusalCode.EVENT_PROOF_OTHER_KEY
