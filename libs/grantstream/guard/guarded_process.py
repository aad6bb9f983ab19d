"""The keys, the guards and the fence of one process, opened in order."""

import asyncio
import os
import signal
from collections.abc import Callable

from grantstream.contracts.claims import API_AUDIENCE, EVENTS_AUDIENCE
from grantstream.fence import CredentialSource, Fence, FenceSettings, Identity, RuleBook
from grantstream.guard.fence_judge import FenceJudge
from grantstream.guard.guard import CountRefusal, Guard
from grantstream.guard.key_follower import KeyFollower
from grantstream.guard.key_set import KeySet


def end_this_process() -> None:
    """Ends this process by SIGTERM: it can't know what it missed. Its supervisor starts it again."""
    os.kill(os.getpid(), signal.SIGTERM)


class GuardedProcess:
    """One process's keys, guards and fence. Start it before serving, stop it after serving has stopped.

    `guard` judges requests, `event_guard` judges events. `token` None: an observer, which writes nothing and delays no
    answer. `rules`: to be filled with what the fence says; what `token` is made by may read them.
    """

    def __init__(
        self,
        identity: Identity,
        settings: FenceSettings,
        *,
        issuer: str,
        bootstrap_servers: str,
        keys: KeySet,
        token: CredentialSource | None,
        count_refusal: CountRefusal,
        on_lost: Callable[[], None] = end_this_process,
        rules: RuleBook | None = None,
    ) -> None:
        judge = FenceJudge()
        self.keys = keys
        self.fence = Fence(
            identity,
            settings,
            bootstrap_servers=bootstrap_servers,
            judge=judge.judge,
            token=token,
            on_lost=on_lost,
            rules=rules,
        )
        self.guard, self.event_guard = (
            Guard(issuer=issuer, audience=audience, keys=keys, fence=self.fence, count_refusal=count_refusal)
            for audience in (API_AUDIENCE, EVENTS_AUDIENCE)
        )
        judge.guard = self.event_guard
        self._follower = judge.follower = KeyFollower(bootstrap_servers, self.event_guard, keys)
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns once this process is proven to be current, and every later change will wait for it.

        By then it also knows which keys are retired or withdrawn.
        """
        self._following = asyncio.create_task(self._follower.run(), name="key follower")
        await self.fence.start()
        await self._follower.until_caught_up()

    async def catch_up_keys(self, limit: float) -> None:
        """Returns once every signing key is known that was published by now.

        Raises TimeoutError or KafkaError if that is unknown after `limit` seconds.
        """
        await self._follower.catch_up(limit)

    def key_trouble(self) -> str:
        """Why signing keys may be missing here, for people; empty if nothing is wrong."""
        return self._follower.trouble()

    async def stop(self) -> None:
        """Leaves the fence, so that no answer waits for this process."""
        await self.fence.stop()
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
