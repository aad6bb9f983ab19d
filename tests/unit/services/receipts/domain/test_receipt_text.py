"""Reading is strict, and what was read is written back without losing anything."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.receipts.domain.receipt_text import NotAReceiptText, read, write


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{} {}",
        b'{"total": "1", "total": "2"}',
        b'{"seller": {"name": "a", "name": "a"}}',
        b'{"rate": NaN}',
        b'{"rate": Infinity}',
        b'{"rate": -Infinity}',
        b'{"rate": 1e999}',
        b'{"rate": 1e-99999999999999999999999}',
        b'{"rate": 01}',
        b"{'total': 1}",
        b'{"total": 1,}',
        b'{"name": "\xff"}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\\ud800"}',
        b'\xef\xbb\xbf{"total": "1"}',
        '{"total": "1"}'.encode("utf-16"),
        b'{"n": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b"[" * 900 + b"]" * 900,
        b'{"a":' * 33 + b"1" + b"}" * 33,
    ],
    ids=lambda body: repr(body[:30]),
)
def test_anything_but_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(NotAReceiptText):
        read(body, max_depth=32)


def test_the_nesting_limit_counts_depth_not_objects() -> None:
    assert read(b'{"a":' * 32 + b"1" + b"}" * 32, max_depth=32)
    assert len(read(b"[" + b"{}," * 99 + b"{}]", max_depth=32)) == 100


@pytest.mark.parametrize(
    "text",
    [
        '{"rate":10.50,"b":1,"a":0.1000000000000000055511151231257827}',
        '{"n":123456789012345678901234567890,"zero":-0.0}',
        '{"name":"Kaffee \\u0001 \U0001f600 é"}',
        '{"empty":{},"list":[],"nothing":null,"yes":true}',
    ],
)
def test_digits_and_order_survive(text: str) -> None:
    assert write(read(text.encode(), max_depth=8)) == text


_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(_CHARACTERS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(_CHARACTERS), inner, max_size=4),
    max_leaves=20,
)


@given(_JSON)
def test_any_json_comes_back_equal(value: Any) -> None:
    assert json.loads(write(read(json.dumps(value).encode(), max_depth=100))) == value
