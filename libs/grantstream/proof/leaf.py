"""The hash of the parts of a record that its proof covers: a leaf of its window's tree.

Each field is hashed with its length before it, so that no two different records have the same input.
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

LEAF_PREFIX: Final = b"\x00"
_FORMAT: Final = b"grantstream-event-v1"
_NULL: Final = b"\xff\xff\xff\xff"
_length: Final = struct.Struct(">I").pack

Headers = Sequence[tuple[str, bytes | None]]


class Provable(Protocol):
    """A record before it is sent."""

    @property
    def topic(self) -> str: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


@dataclass(frozen=True, slots=True)
class RecordContent:
    """A plain `Provable`."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def leaf_hash(topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> bytes:
    """The leaf of a record: SHA-256 over its topic, key, value and attributes.

    `ce_*` and `content-type` are covered, in any order; other headers (the token and the proof, a `traceparent`) are
    not. Never raises.
    """
    digest = None if value is None else hashlib.sha256(value).digest()
    fields: list[bytes | None] = [_FORMAT, _encoded(topic), key, digest]
    for header in _in_order([header for header in headers if _is_covered(header[0])]):
        fields += header
    spelled = [_NULL if field is None else _length(len(field)) + field for field in fields]
    return hashlib.sha256(LEAF_PREFIX + b"".join(spelled)).digest()


def _is_covered(name: str) -> bool:
    return name.startswith("ce_") or name == "content-type"


def _in_order(headers: Headers) -> list[tuple[bytes, bytes | None]]:
    encoded = [(_encoded(name), content) for name, content in headers]
    try:
        encoded.sort()
    except TypeError:
        encoded.sort(key=_with_nulls_first)
    return encoded


def _with_nulls_first(header: tuple[bytes, bytes | None]) -> tuple[bytes, bool, bytes]:
    name, content = header
    return name, content is not None, content or b""


def _encoded(text: str) -> bytes:
    # Some clients decode a malformed name to text that UTF-8 can't encode.
    return text.encode("utf-8", "backslashreplace")
