"""Signing keys change hands while tokens are issued: a new one signs, the old one retires; a stolen one is withdrawn.

No token is refused on the way, since each step waits on the fence until every live process has taken in the one before:

1. The new key is published, and every process knows it.
2. It signs, and the old one does not; every process that mints has read that (`current_keys.py`).
3. So nothing is signed with the old key any more. It is told to be retired, and all others are published again: whoever
   starts afresh believes them by the signature of a key that signs now.

Each step is found done or not when the command is given again, so it may be interrupted anywhere.

Before all that every key is published again: should `key.published` have lost one, a process may stand still until it
knows that key, and would be waited for in vain.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.void import VoidBelow
from grantstream.events.producing.outbox import append, is_relayed
from grantstream.service.effect import Change, Effects, now_in_utc
from grantstream.service.postgres import Pool, connection, transaction
from services.token.domain.signing_key import KeyState, SigningAlgorithm, SigningKey
from services.token.errors import KeyInUse, NotEffective, UnknownKey
from services.token.store import signing_keys
from services.token.use_cases.create_signing_keys import generate_key
from services.token.use_cases.publish import SOURCE, tell

_RECHECK: Final = 0.05


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """`effects` waits on the fence. `relay_limit`: seconds to wait for the relay of the worker."""

    pool: Pool
    effects: Effects
    relay_limit: float = 30.0
    now: Callable[[], datetime] = now_in_utc

    async def rotate(self, algorithm: SigningAlgorithm) -> SigningKey:
        """The key that signs from now on, when nothing signs with the one before. Ends a rotation that was interrupted.

        Raises NotEffective or DatabaseError.
        """
        states = {key.state: key for key in await self._all_published_again() if key.algorithm is algorithm}
        under_way = KeyState.SUPERSEDED in states
        current = states[KeyState.CURRENT] if under_way else await self._replace(algorithm)
        await self._retire()
        return current

    async def retire(self) -> list[SigningKey]:
        """Retires whatever signs no more, once that is so everywhere; the keys that retired.

        Raises NotEffective or DatabaseError.
        """
        await self._all_published_again()
        return await self._retire()

    async def _retire(self) -> list[SigningKey]:
        superseded = [key for key in await self.all() if key.state is KeyState.SUPERSEDED]
        if not superseded:
            return []
        await self._effective(superseded)
        async with self._locked() as (acquired, keys, now):
            retired = [key.retired(now) for key in keys if key.state is KeyState.SUPERSEDED]
            for key in retired:
                await _change(acquired, key, now)
            await _publish_again(acquired, [key for key in keys if key.state is not KeyState.SUPERSEDED], now)
        await self._effective(retired)
        await self._all_relayed(keys)
        return retired

    async def withdraw(self, kid: str) -> SigningKey:
        """Makes void whatever a key has signed; another one takes its place first, if it signs.

        Raises UnknownKey, NotEffective or DatabaseError.
        """
        key = _named(await self._all_published_again(), kid)
        if key.state is KeyState.CURRENT:
            await self._replace(key.algorithm)
        async with self._locked() as (acquired, keys, now):
            before = _named(keys, kid)
            if before.state is KeyState.CURRENT:
                raise KeyInUse(kid)
            withdrawn = before.withdrawn(now)
            if withdrawn is not before:
                await signing_keys.update(acquired, withdrawn)
                await append(acquired, withdrawn.published_event(), source=SOURCE, now=now)
                await append(acquired, _all_void(withdrawn), source=SOURCE, now=now)
                await _publish_again(acquired, [key for key in keys if key.kid != kid], now)
        await self._effective([withdrawn])
        await self._all_relayed(keys)
        return withdrawn

    async def all(self) -> list[SigningKey]:
        """Every key, the newest first. Raises DatabaseError."""
        async with connection(self.pool) as acquired:
            return await signing_keys.find_all(acquired)

    async def _all_published_again(self) -> list[SigningKey]:
        async with self._locked() as (acquired, keys, now):
            await _publish_again(acquired, keys, now)
        await self.effects.nudge()
        return keys

    async def _replace(self, algorithm: SigningAlgorithm) -> SigningKey:
        await self._make_known(await self._next(algorithm))
        async with self._locked() as (acquired, keys, now):
            of_algorithm = {key.state: key for key in keys if key.algorithm is algorithm}
            if KeyState.NEXT not in of_algorithm:
                raise NotEffective("somebody else rotated keys at the same time")
            before, after = of_algorithm[KeyState.CURRENT].superseded(now), of_algorithm[KeyState.NEXT].activated(now)
            for key in (before, after):
                await _change(acquired, key, now)
        await self._effective([before, after])
        return after

    async def _next(self, algorithm: SigningAlgorithm) -> SigningKey:
        """The key that waits to sign; it is made, and told of on its topic, if there is none."""
        async with self._locked() as (acquired, keys, now):
            for key in keys:
                if key.algorithm is algorithm and key.state is KeyState.NEXT:
                    return key
            made = generate_key(algorithm, now, KeyState.NEXT)
            await signing_keys.add(acquired, made)
            await append(acquired, made.published_event(), source=SOURCE, now=now)
            return made

    async def _make_known(self, key: SigningKey) -> None:
        """Returns when every process knows the key.

        Its record on the fence is written only now that the key is on its topic: a process that comes to such a record
        first takes in all that is on that topic.
        """
        subject = subjects.signing_key(key.kid)
        await self._relayed(subject)
        async with transaction(self.pool) as acquired:
            change = PermissionChanged(subject=subject, version=key.version)
            await append(acquired, change, source=SOURCE, now=self.now())
        await self._effective([key])

    async def _all_relayed(self, keys: Iterable[SigningKey]) -> None:
        for key in keys:
            await self._relayed(subjects.signing_key(key.kid))

    async def _relayed(self, subject: str) -> None:
        await self.effects.nudge()
        deadline = time.monotonic() + self.relay_limit
        while True:
            async with connection(self.pool) as acquired:
                if await is_relayed(acquired, subject):
                    return
            if time.monotonic() >= deadline:
                raise NotEffective("the worker of the token service does not publish; see its log")
            await asyncio.sleep(_RECHECK)

    async def _effective(self, keys: Iterable[SigningKey]) -> None:
        changes = [Change(subjects.signing_key(key.kid), key.version, key.updated_at) for key in keys]
        effect = await self.effects.of(changes)
        if not effect.reached:
            waiting = ", ".join(f"{one.service} {one.role} {one.instance_id}" for one in effect.pending)
            raise NotEffective(f"not in force everywhere yet; give the command again ({waiting or 'not published'})")

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[tuple[Any, list[SigningKey], datetime]]:
        """A transaction in which nobody else changes keys, all of them, and the moment of the change."""
        async with transaction(self.pool) as acquired:
            yield acquired, await signing_keys.find_all_locked(acquired), self.now()


async def _change(acquired: Any, key: SigningKey, now: datetime) -> None:
    await signing_keys.update(acquired, key)
    await tell(acquired, key.published_event(), now)


async def _publish_again(acquired: Any, keys: Iterable[SigningKey], now: datetime) -> None:
    for key in keys:
        await append(acquired, key.published_event(), source=SOURCE, now=now)


def _all_void(key: SigningKey) -> PermissionChanged:
    subject = subjects.signing_key(key.kid)
    return PermissionChanged(subject=subject, version=key.version, void_below=VoidBelow(version=1))


def _named(keys: Iterable[SigningKey], kid: str) -> SigningKey:
    for key in keys:
        if key.kid == kid:
            return key
    raise UnknownKey(kid)
