"""What commands of a service work with: fewer settings than its roles, a guard that only observes, progress."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from grantstream.guard.guarded_process import GuardedProcess
from grantstream.guard.observer import open_observer
from grantstream.service.errors import PlatformUnreachable
from grantstream.service.settings import PREFIX

_OPENED_WITHIN: Final = 30.0
_KEYS_WITHIN: Final = 10.0
_REPORT_EVERY: Final = 0.5


class DatabaseSettings(BaseSettings):
    """The database, by the name that the service's roles have for it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    postgres_dsn: SecretStr


class GroupSettings(DatabaseSettings):
    """Also the brokers."""

    kafka_bootstrap_servers: str = Field(min_length=1)


class ObservingSettings(GroupSettings):
    """Also what judging events needs: the issuer, and where its keys are."""

    base_url: str = Field(pattern=r"^https?://[^\s/]+$", description="The issuer.")
    trusted_key_thumbprints: str = ""
    token_url: str | None = Field(default=None, pattern=r"^https?://[^\s/]+$", description="Address of its keys.")


@asynccontextmanager
async def observing(settings: ObservingSettings) -> AsyncIterator[GuardedProcess]:
    """A guard that knows all keys and void bounds, like that of the live consumers. Raises PlatformUnreachable."""
    async with AsyncExitStack() as opened:
        try:
            async with asyncio.timeout(_OPENED_WITHIN):
                process = await opened.enter_async_context(
                    open_observer(
                        issuer=settings.base_url,
                        bootstrap_servers=settings.kafka_bootstrap_servers,
                        token_url=settings.token_url,
                        trusted_key_thumbprints=settings.trusted_key_thumbprints.replace(",", " ").split(),
                    )
                )
            await process.catch_up_keys(_KEYS_WITHIN)
        except TimeoutError:
            raise PlatformUnreachable from None
        yield process


class ProgressWriter:
    """Writes the progress to the standard error, twice a second and at the end: `{"<counted>": ..., "of": ...}`."""

    def __init__(self, counted: str) -> None:
        self._counted = counted
        self._written_at = 0.0

    def __call__(self, done: int, of_all: int) -> None:
        """So much is done."""
        now = time.monotonic()
        if now - self._written_at >= _REPORT_EVERY or done == of_all:
            self._written_at = now
            sys.stderr.write(json.dumps({self._counted: done, "of": of_all}) + "\n")
