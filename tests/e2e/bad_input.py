"""Requests that must be refused, and what a refusal must be like."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.e2e.client import Answer

MARKER = "m4rker-Zq8vXw2Tn6Lk0s9RyB3c"
"""A secret that stands in many of the requests; no answer and no log may repeat it."""

TOO_LARGE = b" " * (1024 * 1024 + 1)
JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
DEEP = b"[" * 50_000 + b"]" * 50_000
_TRACES = (b"Traceback", b'File "', b".py", b"asyncpg", b"pydantic", b"SELECT", b"select ")


@dataclass(frozen=True, slots=True)
class Bad:
    """One such request. `headers` come on top of the token's; `token` False: there is none of those."""

    name: str
    statuses: tuple[int, ...]
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = (JSON,)
    chunked: bool = False
    query: str = ""
    token: bool = True

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def as_json(content: Any) -> bytes:
    """A JSON text."""
    return json.dumps(content).encode()


UNREADABLE = [
    Bad("broken JSON", (400,), b'{"name": '),
    Bad("no body", (400, 422), b""),
    Bad("invalid UTF-8", (400,), b'{"name": "\xff\xfe"}'),
    Bad("a name given twice", (400,), b'{"name": "a", "name": "b"}'),
    Bad("not a number", (400,), b'{"name": NaN}'),
    Bad("a lone surrogate", (400,), b'{"name": "\\ud800"}'),
    Bad("too deep", (400,), DEEP),
    Bad("another content type", (415,), b"{}", [("Content-Type", "text/xml")]),
    Bad("another character set", (415,), b"{}", [("Content-Type", "application/json; charset=utf-16")]),
    Bad("too large", (413,), TOO_LARGE),
    Bad("too large without a length", (413,), TOO_LARGE, chunked=True),
    Bad("no token", (401,), b"{}", token=False),
    Bad("a token that is none", (401,), b"{}", [JSON, ("Authorization", f"Bearer {MARKER}")], token=False),
    Bad("two tokens", (401,), b"{}", [JSON, ("Authorization", f"Bearer {MARKER}")]),
    Bad("a token in the URL", (401,), b"{}", query=f"?access_token={MARKER}", token=False),
]
"""What every operation with a JSON body refuses."""


def assert_tells_nothing(answer: Answer) -> None:
    """Whatever went wrong: the request can be named to the support, and nothing of our inside or theirs is shown."""
    assert answer.headers["concur-correlationid"]
    assert MARKER.encode() not in answer.body
    assert MARKER not in str(answer.headers)
    assert [trace for trace in _TRACES if trace in answer.body] == []


def assert_is_problem(answer: Answer) -> None:
    """The form of RFC 9457."""
    assert answer.headers.get_content_type() == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status
    assert told["title"]


def assert_is_oauth_error(answer: Answer) -> None:
    """The documented form, numeric code and all, which is RFC 6749's too."""
    assert answer.headers.get_content_type() == "application/json"
    told = answer.json()
    assert isinstance(told["code"], int)
    assert told["error"]
    assert told["error_description"]
    assert told["concur-correlationid"] == answer.headers["concur-correlationid"]


def assert_is_receipts_error(answer: Answer) -> None:
    """A sentence, the violations of a schema, or nothing."""
    if answer.headers.get_content_type() == "application/json":
        assert all({"path", "message"} <= violation.keys() for violation in answer.json()["validationErrors"])
    else:
        assert answer.headers.get_content_type() == "text/plain"
