"""What ties a mark to the copy that was made with it, so that nobody else's copy can pass for that one."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

_NULL: Final = b"\xff\xff\xff\xff"


def copy_digest(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> str:
    """SHA-256 over all that a record of a `.dead` topic has, in hexadecimal digits.

    Each part stands with its length before it, as in the leaf of a proof, so that no two records have the same parts.
    """
    digest = hashlib.sha256()
    for part in _parts(key, value, headers):
        digest.update(_NULL if part is None else len(part).to_bytes(4, "big"))
        digest.update(part or b"")
    return digest.hexdigest()


def _parts(
    key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]
) -> Iterator[bytes | None]:
    yield from (key, value)
    for name, content in headers:
        yield from (name.encode(), content)
