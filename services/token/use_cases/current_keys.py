"""The signing keys, in memory, and never older than the fence knows of.

A rotation raises the version of the key that signs no more, and tells so on the fence. So whoever still has that key
in memory finds the fence's floor above it, and reads the keys again before it signs: when every process has reached
the rotation's record, none signs with the old key any more. Since the fence forgets a floor after `RULE_LIFETIME`,
keys that were read long ago are read again too, as an application's row is (`client_directory.py`).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from grantstream.contracts import subjects
from grantstream.fence.freshness import boot_clock
from grantstream.guard import KeySet
from grantstream.postgres.errors import DatabaseError
from grantstream.postgres.pool import Pool, connection
from services.token.domain.signing_key import KeyState, SigningKey
from services.token.errors import Unavailable
from services.token.store import signing_keys
from services.token.use_cases.mint_token import TokenMinter

_MAX_AGE: Final = 60.0
_LISTED_AGE: Final = 0.5
"""For so long, in seconds, the published set is answered from memory: whoever asks for it needs no credential."""


class Floors(Protocol):
    """What the fence says of versions."""

    @property
    def is_followed(self) -> bool:
        """Whether it is known; until then the keys are read for each use."""
        ...

    def floor(self, subject: str) -> int:
        """The newest version of a subject; 0 if there is none."""
        ...


class CurrentKeys:
    """Keeps `minter` signing with the current keys. `known`: as they were just read; `clock` counts seconds."""

    def __init__(
        self,
        pool: Pool,
        known: Sequence[SigningKey],
        minter: TokenMinter,
        floors: Floors,
        *,
        clock: Callable[[], float] = boot_clock,
    ) -> None:
        self._pool = pool
        self._minter = minter
        self._clock = clock
        self._floors = floors
        self._reading = asyncio.Lock()
        self._take(known, read_at=clock())

    def are_current(self) -> bool:
        """Whether the minter may sign at once."""
        is_young = self._clock() - self._read_at < _MAX_AGE
        return is_young and self._floors.is_followed and not self.are_overtaken()

    def are_overtaken(self) -> bool:
        """Whether the fence tells of a newer version of a key that the minter signs with."""
        floor = self._floors.floor
        # Asked before each signature, and a generator would take as long as all the rest.
        return any([floor(subject) > version for subject, version in self._signing])  # noqa: C419

    async def require(self) -> None:
        """Returns once the minter may sign; whoever signs does so before it awaits anything else.

        Raises DatabaseError, or Unavailable if the database is behind the fence.
        """
        if self.are_current():
            return
        await self._read(self._clock())
        if self.are_overtaken():
            raise Unavailable("the signing keys in the database are older than the fence knows of")

    async def listed(self) -> tuple[SigningKey, ...]:
        """Every key, as of a moment ago; as it was last known, if the database can't tell now."""
        try:
            await self._read(self._clock() - _LISTED_AGE)
        except DatabaseError:
            return self._known
        return self._known

    async def _read(self, since: float) -> None:
        async with self._reading:
            if self._read_at > since:
                return  # somebody else has read them meanwhile
            read_at = self._clock()
            async with connection(self._pool) as acquired:
                keys = await signing_keys.find_all(acquired)
            self._take(keys, read_at=read_at)

    def _take(self, keys: Sequence[SigningKey], *, read_at: float) -> None:
        self._known, self._read_at = tuple(keys), read_at
        signing = tuple(key for key in keys if key.state is KeyState.CURRENT)
        self._signing = tuple((subjects.signing_key(key.kid), key.version) for key in signing)
        self._minter.sign_with(signing)


@dataclass(frozen=True, slots=True)
class Signing:
    """What signs tokens, and keeps it signing with the current keys."""

    pool: Pool
    minter: TokenMinter
    keys: CurrentKeys


def known_keys(keys: Iterable[SigningKey]) -> KeySet:
    """All keys, with how they ended: whatever became of `key.published`, their owner judges by what it has itself."""
    return KeySet.of(key.published_event() for key in keys)
