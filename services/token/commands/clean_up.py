"""The clean-up of `migrate` and, regularly, of the worker: creates partitions in advance, deletes expired rows."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from grantstream.postgres.errors import DatabaseError
from grantstream.postgres.pool import Pool, transaction
from services.token.domain.password_policy import LockoutPolicy
from services.token.domain.refresh_token import RefreshPolicy
from services.token.store import login_attempts, refresh_tokens, sign_up_attempts, spent_ids

_log = logging.getLogger(__name__)
_AHEAD: Final = timedelta(days=62)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CleanUp:
    """The clean-up. `every`: seconds between two runs."""

    pool: Pool
    refresh: RefreshPolicy
    lockout: LockoutPolicy
    every: float = 3600.0

    async def run(self) -> None:
        """Runs until cancelled. If the database fails, the next run repeats the work."""
        while True:
            try:
                await self.once(datetime.now(UTC))
            except DatabaseError as error:
                _log.warning("clean-up did not finish: %s", type(error).__name__)
            await asyncio.sleep(self.every)

    async def once(self, now: datetime) -> None:
        """One run. Raises DatabaseError."""
        async with transaction(self.pool) as acquired:
            await refresh_tokens.ensure_partitions(acquired, now + self.refresh.lifetime + _AHEAD)
        async with transaction(self.pool) as acquired:
            await refresh_tokens.drop_expired_partitions(acquired)
        async with transaction(self.pool) as acquired:
            await spent_ids.delete_expired(acquired, now)
            await login_attempts.delete_old(acquired, now - timedelta(seconds=self.lockout.seconds))
            await sign_up_attempts.delete_old(acquired, now - _HOUR)
