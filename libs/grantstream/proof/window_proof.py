"""The headers that prove who wrote a record: the signed head of its window, and its path to that head.

`event-proof` is a compact JWS (RFC 7515) by the key that the token is bound to. Its payload names the token by `ath`
(RFC 9449, section 4.2) and the records by head and size of their tree (both, as in RFC 6962, section 3.5). `iat`
decides nothing: a record is judged at the broker's append time.

`event-proof-path` is `<index>.<size>.<siblings>`: two decimal numbers without leading zeros, and the siblings in
base64url.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

from grantstream.proof import jws
from grantstream.proof.credential import ProofKey
from grantstream.proof.merkle import HASH_BYTES, MAX_LEAVES, Tree, head_from_path
from grantstream.proof.strict_json import JsonFault, read_object

AUTHORIZATION: Final = "authorization"
"""`Bearer` and the producer's access token."""

EVENT_PROOF: Final = "event-proof"
"""The signed head of the window in which the record was written (a compact JWS)."""

EVENT_PROOF_PATH: Final = "event-proof-path"
"""The record's position in that window, and the path to the head. Absent if the window has only this record."""

TYPE: Final = "event-proof+jws"
MAX_BYTES: Final = 1024
"""A proof has about 450 bytes; one longer than this is refused unread."""

_ALGORITHM: Final = "ES256"
_HEADER_MEMBERS: Final = {"typ", "alg", "jwk"}
_PAYLOAD_MEMBERS: Final = {"ath", "root", "size", "iat"}
_KEYS_REMEMBERED: Final = 1024

_PLACE: Final = re.compile(rb"(0|[1-9][0-9]{0,4})\.([1-9][0-9]{0,4})\.")
_MAX_SIBLINGS_BYTES: Final = 16 * HASH_BYTES
"""The path of the largest window."""

_MAX_PATH_BYTES: Final = 700
"""A longer header is refused unread."""


class MalformedProof(ValueError):
    """Not a proof of this form. The text quotes no part of it."""


@dataclass(frozen=True, slots=True)
class WindowProof:
    """A parsed proof; nothing in it may be trusted before `is_signed`."""

    thumbprint: str
    token_hash: bytes
    head: bytes
    size: int
    _key: Any
    _signing_input: bytes
    _signature: bytes

    def is_by_key(self, thumbprint: str) -> bool:
        """Whether its key has this thumbprint."""
        return hmac.compare_digest(self.thumbprint.encode(), thumbprint.encode())

    def is_for_token(self, token: str) -> bool:
        """Whether it is for this token."""
        return hmac.compare_digest(self.token_hash, token_hash(token))

    def is_signed(self) -> bool:
        """Whether its own key made its signature."""
        return jws.verifies(self._key, self._signing_input, self._signature)


@dataclass(frozen=True, slots=True)
class WindowPath:
    """A record's position in its window. In a window of one record it needs no header."""

    index: int = 0
    size: int = 1
    siblings: bytes = b""

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Reads the header's value. Raises MalformedProof for another form; `head` checks where the path leads."""
        place = _PLACE.match(raw) if len(raw) <= _MAX_PATH_BYTES else None
        siblings = jws.decode_canonical(raw[place.end() :].decode("latin-1")) if place else None
        if place is None or not siblings or len(siblings) > _MAX_SIBLINGS_BYTES:
            raise MalformedProof("not a path")
        return cls(int(place[1]), int(place[2]), siblings)

    @classmethod
    def in_tree(cls, tree: Tree, index: int) -> Self:
        """The path of one leaf."""
        return cls(index, tree.size, tree.path(index))

    def to_bytes(self) -> bytes:
        """The header's value."""
        return b"%d.%d.%s" % (self.index, self.size, jws.encode(self.siblings))

    def head(self, leaf: bytes) -> bytes | None:
        """The head that this path leads to from `leaf`; None if no tree has such a path."""
        return head_from_path(leaf, index=self.index, size=self.size, path=self.siblings)


def token_hash(token: str) -> bytes:
    """How a proof names its token: the SHA-256 of the token's text (RFC 9449, section 4.2, `ath`)."""
    return hashlib.sha256(token.encode("utf-8", "backslashreplace")).digest()


def write_proof(key: ProofKey, token: str, head: bytes, size: int, *, issued_at: int) -> bytes:
    """The proof of a window: the JWS."""
    payload = {
        "ath": jws.encode(token_hash(token)).decode(),
        "root": jws.encode(head).decode(),
        "size": size,
        "iat": issued_at,
    }
    return jws.compact({"typ": TYPE, "alg": _ALGORITHM, "jwk": key.public_jwk}, payload, key.sign)


def read_proof(raw: bytes) -> WindowProof:
    """Reads a proof, strictly. Raises MalformedProof for anything but exactly what `write_proof` could write."""
    if len(raw) > MAX_BYTES:
        raise MalformedProof("too large")
    segments = raw.split(b".")
    if len(segments) != 3:
        raise MalformedProof("not a compact JWS")
    header, payload, signature = (_decoded(segment) for segment in segments)
    thumbprint, key = _key_in(header)
    members = _object(payload)
    if members.keys() != _PAYLOAD_MEMBERS or type(members["iat"]) is not int:
        raise MalformedProof("not the members of a proof")
    return WindowProof(
        thumbprint=thumbprint,
        token_hash=_hash(members["ath"]),
        head=_hash(members["root"]),
        size=_size(members["size"]),
        _key=key,
        _signing_input=raw[: raw.rindex(b".")],
        _signature=signature,
    )


@lru_cache(maxsize=_KEYS_REMEMBERED)
def _key_in(header: bytes) -> tuple[str, Any]:
    """The key in a JOSE header, and its thumbprint. A producer's header is always the same."""
    members = _object(header)
    # Exactly these: no `crit`, no `b64`, no other way to name a key.
    if members.keys() != _HEADER_MEMBERS or members["typ"] != TYPE or members["alg"] != _ALGORITHM:
        raise MalformedProof("not the header of a proof")
    jwk = members["jwk"]
    if not isinstance(jwk, dict):
        raise MalformedProof("no key")
    try:
        key = jws.read_jwk(jwk)
    except ValueError as error:
        raise MalformedProof("not exactly a public P-256 key") from error
    return jws.jwk_thumbprint(jwk), key


def _decoded(segment: bytes) -> bytes:
    try:
        decoded = jws.decode_canonical(segment.decode("ascii"))
    except UnicodeDecodeError:
        decoded = None
    if decoded is None:
        raise MalformedProof("not canonical base64url")
    return decoded


def _object(raw: bytes) -> dict[str, Any]:
    try:
        return read_object(raw)
    except JsonFault as fault:
        raise MalformedProof(fault.kind) from fault


def _hash(text: object) -> bytes:
    raw = jws.decode_canonical(text) if isinstance(text, str) else None
    if raw is None or len(raw) != HASH_BYTES:
        raise MalformedProof("not a hash")
    return raw


def _size(value: object) -> int:
    if type(value) is not int or not 0 < value <= MAX_LEAVES:
        raise MalformedProof("not the size of a window")
    return value
