"""What other instances say is put aside unjudged, until somebody wants to know who has come how far.

To judge a word costs more than all else about it, every process hears every other one, and most of them wait for
nobody most of the time. When it is judged makes no difference, for what was in force when it was appended decides. And
of several words of one instance only the newest counts, so whoever asks seldom judges few.

Which is the newest is what the words claim, and anybody can claim: so the one with the highest number is judged first,
and the next one if it is not believed. A forgery hides nothing, and a word that was appended again neither.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.fence.records import FenceRecord, JudgeRecord, RawRecord

_WORD: Final = ("ce_type", b"fence.reached")
_MANY: Final = 500
_ABOUT_CLIENTS: Final = ("app", "enablement")


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word, and when it was read by the boot-time clock."""

    raw: RawRecord
    read_at: float


class PutAside:
    """The words of others that were read and not judged, by the key that they came under. `own`: the own key."""

    def __init__(self, own: str) -> None:
        self._own = own.encode()
        self._words: dict[bytes, list[ReadWord]] = {}
        self._count = 0
        self._since = float("inf")

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._words)

    def take(self, raw: RawRecord, *, now: float) -> bool:
        """Puts a record aside if it is another's word; any other has to be judged where it stands."""
        if raw.key is None or raw.key == self._own or _WORD not in raw.headers:
            return False
        self._words.setdefault(raw.key, []).append(ReadWord(raw, now))
        self._count += 1
        self._since = min(self._since, now)
        return True

    def depends_on(self, change: PermissionChanged) -> bool:
        """Whether a change may void what one of them was written with.

        They are judged by what had been told when they were appended, but two records may share a millisecond.
        """
        if change.void_below.is_empty or not self._words:
            return False
        kind, _, name = change.subject.partition("/")
        if kind not in _ABOUT_CLIENTS:
            return True
        spoken_for = subjects.instance(name.partition("/")[0], "").encode()
        return any(key.startswith(spoken_for) for key in self._words)

    def is_due(self, *, now: float, after: float) -> bool:
        """Whether they are to be judged although nobody asks: they are many, or lie here for so many seconds."""
        return self._count >= _MANY or now - self._since >= after

    async def judged(self, judge: JudgeRecord) -> AsyncIterator[tuple[FenceRecord, float]]:
        """The newest believed word under each key, and when it was read; at its end nothing is left aside.

        Raises what `judge` raises. What was not judged by then stays aside, and the next call begins with it; so two
        calls must not overlap, or one would end without what the other is about to hand out.
        """
        while self._words:
            key, words = next(iter(self._words.items()))
            asked = tuple(words)
            newest = await _newest_believed(asked, judge)
            self._drop(key, len(asked))
            if newest is not None:
                yield newest
        self._since = float("inf")

    def _drop(self, key: bytes, count: int) -> None:
        self._count -= count
        if left := self._words[key][count:]:
            self._words[key] = left
        else:
            del self._words[key]


async def _newest_believed(words: Sequence[ReadWord], judge: JudgeRecord) -> tuple[FenceRecord, float] | None:
    for word in sorted(words, key=_claimed_number, reverse=True):
        event = await judge(word.raw)
        if event is not None:
            return FenceRecord(word.raw.offset, word.raw.appended_at, event), word.read_at
    return None


def _claimed_number(word: ReadWord) -> int:
    try:
        number = orjson.loads(word.raw.value or b"")["sequence"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return -1
    return number if isinstance(number, int) else -1
