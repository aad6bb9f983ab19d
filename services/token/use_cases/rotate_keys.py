"""Rotates signing keys while tokens are issued: a new key signs, the old one retires; a stolen one is withdrawn.

No token is refused, because each step waits on the fence until every live process has confirmed the step before:

1. The new key is published, and every process knows it.
2. The new key signs instead of the old one; every minting process has read that (`current_keys.py`).
3. So the old key signs nothing any more. It is published as retired, and all others are published again: a starting
   process believes them by the signature of the current key.

A repeated command detects the completed steps, so it may be interrupted anywhere.

First every key is published again: if `key.published` lost one, a process may be blocked until it knows that key, and
the rotation would wait for it in vain.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from grantstream.contracts.void import VoidBelow
from grantstream.events.producing.outbox import is_relayed
from grantstream.postgres.pool import connection
from grantstream.service.change import Change, Changes
from grantstream.service.in_force import Progress, Version
from services.token.domain.signing_key import KeyState, SigningAlgorithm, SigningKey
from services.token.errors import KeyInUse, NotEffective, UnknownKey
from services.token.store import signing_keys
from services.token.use_cases.generate_key import generate_key

_RECHECK: Final = 0.05


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """`relay_limit`: seconds to wait for the relay of the worker."""

    changes: Changes
    relay_limit: float = 30.0

    async def rotate(self, algorithm: SigningAlgorithm) -> SigningKey:
        """Rotates, or completes an interrupted rotation. Returns the signing key, once the old one signs nothing.

        Raises NotEffective or DatabaseError.
        """
        states = {key.state: key for key in await self._all_published_again() if key.algorithm is algorithm}
        under_way = KeyState.SUPERSEDED in states
        current = states[KeyState.CURRENT] if under_way else await self._replace(algorithm)
        await self._retire()
        return current

    async def retire(self) -> list[SigningKey]:
        """Retires superseded keys, once no process signs with them. Returns the retired keys.

        Raises NotEffective or DatabaseError.
        """
        await self._all_published_again()
        return await self._retire()

    async def _retire(self) -> list[SigningKey]:
        superseded = [key for key in await self.all() if key.state is KeyState.SUPERSEDED]
        if not superseded:
            return []
        _require_reached(await self.changes.wait([Version.of(key) for key in superseded]))
        async with self._change() as (change, keys):
            retired = [key.retired(change.now) for key in keys if key.state is KeyState.SUPERSEDED]
            for key in retired:
                await _update(change, key)
            await _publish_again(change, [key for key in keys if key.state is not KeyState.SUPERSEDED])
        await self._all_relayed(keys)
        return retired

    async def withdraw(self, kid: str) -> SigningKey:
        """Voids all tokens of a key; if it signs, another key replaces it first.

        Raises UnknownKey, NotEffective or DatabaseError.
        """
        key = _named(await self._all_published_again(), kid)
        if key.state is KeyState.CURRENT:
            await self._replace(key.algorithm)
        async with self._change() as (change, keys):
            before = _named(keys, kid)
            if before.state is KeyState.CURRENT:
                raise KeyInUse(kid)
            withdrawn = before.withdrawn(change.now)
            if withdrawn is before:
                change.expect(before)
            else:
                await signing_keys.update(change.connection, withdrawn)
                await change.publish_again(withdrawn.published_event())
                await change.announce(withdrawn.subject, withdrawn.version, VoidBelow(version=1))
                await _publish_again(change, [key for key in keys if key.kid != kid])
        await self._all_relayed(keys)
        return withdrawn

    async def all(self) -> list[SigningKey]:
        """All keys, the newest first. Raises DatabaseError."""
        async with connection(self.changes.pool) as acquired:
            return await signing_keys.find_all(acquired)

    async def _all_published_again(self) -> list[SigningKey]:
        async with self._change() as (change, keys):
            await _publish_again(change, keys)
        return keys

    async def _replace(self, algorithm: SigningAlgorithm) -> SigningKey:
        await self._make_known(await self._next(algorithm))
        async with self._change() as (change, keys):
            of_algorithm = {key.state: key for key in keys if key.algorithm is algorithm}
            if KeyState.NEXT not in of_algorithm:
                raise NotEffective("another command rotated keys at the same time")
            before = of_algorithm[KeyState.CURRENT].superseded(change.now)
            after = of_algorithm[KeyState.NEXT].activated(change.now)
            for key in (before, after):
                await _update(change, key)
        return after

    async def _next(self, algorithm: SigningAlgorithm) -> SigningKey:
        """The next key; it is generated and published if there is none."""
        async with self._change() as (change, keys):
            for key in keys:
                if key.algorithm is algorithm and key.state is KeyState.NEXT:
                    return key
            made = generate_key(algorithm, change.now, KeyState.NEXT)
            await signing_keys.insert(change.connection, made)
            await change.publish_again(made.published_event())
            return made

    async def _make_known(self, key: SigningKey) -> None:
        """Returns when every process knows the key.

        Its record on the fence is written only after the key is on its topic: a process that reads such a record first
        reads that topic to its end.
        """
        await self._relayed(key)
        async with self._change() as (change, _):
            await change.announce(key.subject, key.version)

    async def _all_relayed(self, keys: Iterable[SigningKey]) -> None:
        for key in keys:
            await self._relayed(key)

    async def _relayed(self, key: SigningKey) -> None:
        deadline = time.monotonic() + self.relay_limit
        while True:
            async with connection(self.changes.pool) as acquired:
                if await is_relayed(acquired, key.subject):
                    return
            if time.monotonic() >= deadline:
                raise NotEffective("the worker of the token service does not publish; see its log")
            await asyncio.sleep(_RECHECK)

    @asynccontextmanager
    async def _change(self) -> AsyncIterator[tuple[Change, list[SigningKey]]]:
        """A change with all keys, which are locked. Raises NotEffective if it is not in force in time."""
        async with self.changes.begin() as change:
            yield change, await signing_keys.lock_all(change.connection)
        _require_reached(change.progress)


def _require_reached(progress: Progress) -> None:
    if not progress.reached:
        waiting = ", ".join(f"{one.service} {one.role} {one.instance_id}" for one in progress.pending)
        raise NotEffective(f"not in force everywhere yet; give the command again ({waiting or 'not published'})")


async def _update(change: Change, key: SigningKey) -> None:
    await signing_keys.update(change.connection, key)
    await change.publish(key.published_event())


async def _publish_again(change: Change, keys: Iterable[SigningKey]) -> None:
    for key in keys:
        await change.publish_again(key.published_event())


def _named(keys: Iterable[SigningKey], kid: str) -> SigningKey:
    for key in keys:
        if key.kid == kid:
            return key
    raise UnknownKey(kid)
