"""What counts as JSON by its Content-Type, and where a text hides U+0000: for every service alike."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grantstream.service.json_bodies import escapes_nul, is_declared_json, strict_json
from grantstream.service.problems import Problem


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        " Application/JSON ; ",
        "application/json;charset=utf-8",
        'application/json; Charset="UTF-8"',
        "application/json; charset=utf8",
        "application/json; profile=x",
        'application/json; profile="a; charset=utf-16"; charset=utf-8',
    ],
)
def test_json_may_declare_utf_8_and_other_parameters(content_type: str) -> None:
    assert is_declared_json([content_type])


@pytest.mark.parametrize(
    "content_types",
    [
        [],
        [""],
        ["application/json", "application/json"],
        ["application/json, application/json"],
        ["application/jsonx"],
        ["application/problem+json"],
        ["text/json"],
        ["application/json; charset=utf-16"],
        ["application/json; profile=x; charset=latin-1"],
        ["application/json; charset=utf-8; charset=utf-7"],
        ["application/json; charset="],
        ["application/json; utf-16"],
        ["application/json; utf-8"],
        ["application/json utf-8"],
        ['application/json; profile="x'],
    ],
)
def test_anything_else_is_no_json(content_types: list[str]) -> None:
    assert not is_declared_json(content_types)


def test_a_long_header_is_judged_at_once() -> None:
    assert not is_declared_json(["application/json" + ";    " * 2000 + "!"])
    assert is_declared_json(["application/json" + ';  a="\\\\"' * 2000])


_TEXT = st.lists(st.sampled_from(["\\", "\0", "u0000", "a", '"']), max_size=6).map("".join)
_JSON = st.recursive(
    _TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3), max_leaves=8
)


@given(_JSON)
@example("\\\0")
@example("\\u0000")
def test_an_escaped_nul_is_found_exactly_where_one_is(value: Any) -> None:
    assert escapes_nul(json.dumps(value).encode()) == any("\0" in text for text in _texts(value))


def test_a_nul_deep_down_is_refused_like_any_other() -> None:
    with pytest.raises(Problem) as caught:
        strict_json(b'{"a":' * 450 + b'"\\u0000"' + b"}" * 450)
    assert caught.value.status == 400


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = [*value, *value.values()] if isinstance(value, dict) else value
    return [text for one in inner for text in _texts(one)]
