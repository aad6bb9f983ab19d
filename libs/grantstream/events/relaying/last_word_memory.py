"""What was said last of each key of a state topic, in few bytes, and which of it is not to be believed.

Compaction keeps the last record of a key, whatever it is. It is suspect if the guard refuses it, if it is a tombstone,
if an earlier record of the key had a newer version, or the same version with other content.
"""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

Fault = Literal["refused", "tombstone", "older", "contradictory"]

_DIGEST_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Word:
    """A version and its content. `content`: a number of 64 bits, equal for equal content."""

    version: int
    content: int

    @classmethod
    def of(cls, version: int, content_sha256: bytes) -> "Word":
        """The word with this digest of its content."""
        return cls(version, int.from_bytes(content_sha256[: _DIGEST_BITS // 8]))


@dataclass(frozen=True, slots=True)
class Suspicion:
    """The last record of a key is not to be believed. `said`: what it says if the guard accepts it."""

    topic: str
    key: bytes
    fault: Fault
    said: Word | None
    since: float


class LastWordMemory:
    """Hears the records of state topics in their order.

    For each key of each topic that was believed once it keeps two numbers, about 130 bytes, and the key itself only
    while it is suspect. A digest stands for the key; its salt lets nobody choose keys that are taken for one another.
    """

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(16)
        self._newest: dict[int, int] = {}
        self._suspicions: dict[tuple[str, bytes], Suspicion] = {}

    def __len__(self) -> int:
        return len(self._newest)

    def accepted(self, topic: str, key: bytes, word: Word, now: float) -> None:
        """The guard accepted the record that is now the last of its key."""
        newest = self.newest(topic, key)
        if newest is None or newest.version < word.version or newest == word:
            self.believe(topic, key, word)
        else:
            fault: Fault = "older" if word.version < newest.version else "contradictory"
            self._suspect(Suspicion(topic, key, fault, word, now))

    def refused(self, topic: str, key: bytes, fault: Fault, now: float) -> None:
        """The record that is now the last of its key is not to be believed."""
        self._suspect(Suspicion(topic, key, fault, None, now))

    def believe(self, topic: str, key: bytes, word: Word) -> None:
        """The last record of a key is right."""
        self._newest[self._name(topic, key)] = word.version << _DIGEST_BITS | word.content
        self._suspicions.pop((topic, key), None)

    def drop(self, suspicion: Suspicion) -> None:
        """There is nothing to be done about it, unless another record of the key comes."""
        if self._suspicions.get((suspicion.topic, suspicion.key)) is suspicion:
            del self._suspicions[suspicion.topic, suspicion.key]

    def postpone(self, suspicion: Suspicion, now: float) -> None:
        """It can't be looked into yet, and counts as new."""
        if self._suspicions.get((suspicion.topic, suspicion.key)) is suspicion:
            self.drop(suspicion)
            self._suspicions[suspicion.topic, suspicion.key] = replace(suspicion, since=now)

    def newest(self, topic: str, key: bytes) -> Word | None:
        """The newest state of a key that was accepted on a topic."""
        packed = self._newest.get(self._name(topic, key))
        return None if packed is None else Word(packed >> _DIGEST_BITS, packed & ((1 << _DIGEST_BITS) - 1))

    def is_last_word(self, topic: str, key: bytes, word: Word) -> bool:
        """Whether the last record of a key says just this."""
        return self.newest(topic, key) == word and (topic, key) not in self._suspicions

    def suspicions(self) -> Iterator[Suspicion]:
        """All that there are now, the longest known first; it does no harm to drop some meanwhile."""
        return iter(tuple(self._suspicions.values()))

    @property
    def suspect(self) -> int:
        """How many there are."""
        return len(self._suspicions)

    def _suspect(self, suspicion: Suspicion) -> None:
        self._suspicions.pop((suspicion.topic, suspicion.key), None)
        self._suspicions[suspicion.topic, suspicion.key] = suspicion

    def _name(self, topic: str, key: bytes) -> int:
        digest = hashlib.blake2b(topic.encode() + b"\0" + key, digest_size=_DIGEST_BITS // 8, key=self._salt)
        return int.from_bytes(digest.digest())
