"""What other instances say is put aside unjudged, until somebody wants to know who has come how far, or for a moment.

To judge a word costs more than all else about it, every process hears every other one, and most of them wait for
nobody most of the time. It may be judged a little later, for what was in force when it was appended decides. And of
several words of one instance only the newest counts, so whoever asks seldom judges few.

Which is the newest is what the words claim, and anybody can claim: so the one with the highest number is judged first,
and the next one if it is not believed. A forgery hides nothing, and a word that was appended again neither.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from grantstream.contracts import subjects
from grantstream.fence.records import FenceRecord, JudgeRecord, RawRecord

_WORD: Final = ("ce_type", b"fence.reached")
_MANY: Final = 500
_LARGEST: Final = 16_384
"""Bytes: far more than a word has, with its token and its proof."""

_ABOUT_CLIENTS: Final = (b"app", b"enablement")
_ABOUT_CREDENTIALS: Final = (b"key", b"token", b"secret", b"grant")


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

    @property
    def first_offset(self) -> int | None:
        """Where the first of them stands in the log; None if there are none."""
        return min((words[0].raw.offset for words in self._words.values()), default=None)

    def take(self, raw: RawRecord, *, now: float) -> bool:
        """Puts a record aside if it is another's word; any other has to be judged where it stands."""
        if raw.key is None or raw.key == self._own or _WORD not in raw.headers or _size(raw) > _LARGEST:
            return False
        self._words.setdefault(raw.key, []).append(ReadWord(raw, now))
        self._count += 1
        self._since = min(self._since, now)
        return True

    def depends_on(self, raw: RawRecord) -> bool:
        """Whether a record, if it is a change, may void what one of them was written with.

        They are judged by what had been told when they were appended, but two records may share a millisecond; and a
        withdrawn key is known to be so once the record that tells of it was judged.
        """
        if not self._words or raw.key is None:
            return False
        kind, _, name = raw.key.partition(b"/")
        if kind not in _ABOUT_CLIENTS:
            return kind in _ABOUT_CREDENTIALS
        client_id = name.partition(b"/")[0].decode(errors="replace")
        return any(key.startswith(subjects.instance(client_id, "").encode()) for key in self._words)

    def is_due(self, *, now: float, after: float) -> bool:
        """Whether they are to be judged although nobody asks: they are many, or lie here for so many seconds."""
        return self._count >= _MANY or now - self._since >= after

    async def judged(self, judge: JudgeRecord) -> AsyncIterator[tuple[FenceRecord, float]]:
        """The newest believed word under each key that there is by now, and when it was read.

        Raises what `judge` raises. What was not judged by then stays aside, and the next call begins with it; so two
        calls must not overlap, or one would end without what the other is about to hand out. Words that come meanwhile
        under other keys stay aside too: whoever appends one after the other could make this go on for ever.
        """
        for key in list(self._words):
            asked = tuple(self._words[key])
            newest = await _newest_believed(asked, judge)
            self._drop(key, len(asked))
            if newest is not None:
                yield newest
        self._since = min((words[0].read_at for words in self._words.values()), default=float("inf"))

    def _drop(self, key: bytes, count: int) -> None:
        self._count -= count
        if left := self._words[key][count:]:
            self._words[key] = left
        else:
            del self._words[key]


async def _newest_believed(words: Sequence[ReadWord], judge: JudgeRecord) -> tuple[FenceRecord, float] | None:
    for word in words if len(words) == 1 else sorted(words, key=_claimed_number, reverse=True):
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


def _size(raw: RawRecord) -> int:
    return len(raw.key or b"") + len(raw.value or b"") + sum(len(name) + len(told or b"") for name, told in raw.headers)
