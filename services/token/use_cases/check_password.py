"""Hashes and checks passwords with argon2id, in threads, a few at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError

from services.token.errors import Unavailable

_RESULT = TypeVar("_RESULT")
_NOBODYS_PASSWORD: Final = "nobody has this password"  # noqa: S105 - it opens nothing

Check = Callable[[str | None, str], Awaitable[bool]]
"""Called with a password's hash (None if there is no such user) and the presented password."""


class Passwords:
    """Hashes and checks passwords: `threads` at once, `waiting` more in a queue; further ones are refused.

    Each hashing takes `memory_kib`, so `threads` limits the process's memory, and `waiting` limits how long a flood of
    sign-ins can delay others.
    """

    def __init__(self, *, threads: int = 2, waiting: int = 64, memory_kib: int = 19_456, rounds: int = 2) -> None:
        self._argon2 = Argon2(time_cost=rounds, memory_cost=memory_kib, parallelism=1)
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._slots = asyncio.Semaphore(threads)
        self._places = threads + waiting
        self._taken = 0
        self._nobodys_hash: str | None = None

    async def hash(self, password: str) -> str:
        """The argon2id string to store. Raises Unavailable if too many wait."""
        async with self._turn():
            return await self._in_thread(lambda: self._argon2.hash(password))

    @asynccontextmanager
    async def turn_to_check(self) -> AsyncIterator[Check]:
        """Waits for a turn, and yields a function that checks one password. Raises Unavailable.

        For a user that does not exist (None) the check takes as long, and returns False.
        """
        async with self._turn():
            yield self._matches

    def close(self) -> None:
        """Ends the threads."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        try:
            matches = self._argon2.verify(password_hash or self._stand_in(), password)
        except (VerificationError, InvalidHashError):
            return False
        return matches and password_hash is not None

    def _stand_in(self) -> str:
        if self._nobodys_hash is None:
            self._nobodys_hash = self._argon2.hash(_NOBODYS_PASSWORD)
        return self._nobodys_hash

    async def _matches(self, password_hash: str | None, password: str) -> bool:
        return await self._in_thread(lambda: self._verify(password_hash, password))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._taken >= self._places:
            raise Unavailable("too many passwords wait to be checked")
        self._taken += 1
        try:
            async with self._slots:
                yield
        finally:
            self._taken -= 1

    async def _in_thread(self, work: Callable[[], _RESULT]) -> _RESULT:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
