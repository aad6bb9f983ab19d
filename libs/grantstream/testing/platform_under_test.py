"""A running platform for tests: its addresses, and its clients."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from grantstream.contracts.topics import KEY_PUBLISHED
from grantstream.events.platform_addresses import PlatformAddresses
from grantstream.events.producing.client_token import ClientCredentialsToken, ClientSecret
from grantstream.guard.observer import open_observer
from grantstream.proof import Credential
from grantstream.testing.mint import EVENT_SCOPES, EVERY_KEY
from grantstream.testing.platform_calls import PlatformCalls
from grantstream.testing.topics_under_test import TopicsUnderTest

_STAFF_SCOPES: Final = tuple(sorted(EVENT_SCOPES - {KEY_PUBLISHED.scope}))
_ASSIGNABLE_KEYS: Final = tuple(entry for entry in EVERY_KEY if not entry.startswith("key/"))
"""All but signing keys, which no client can get."""
_ADMIN_SCOPES: Final = "openid app.read app.write company.read company.write user.read user.write"


@dataclass(frozen=True, slots=True)
class Client:
    """A registered application's id and secret."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(slots=True)
class PlatformUnderTest:
    """A running platform; `description`: its `platform.json`, left out of `repr` because of its passwords."""

    addresses: PlatformAddresses
    description: Mapping[str, Any] = field(repr=False)
    _producer: Client | None = field(default=None, repr=False)

    @classmethod
    def described(cls, description: Mapping[str, Any]) -> Self:
        """The platform with this description."""
        addresses = PlatformAddresses(
            base_url=description["base"], bootstrap_servers=description["kafka"], token_url=description["token"]
        )
        return cls(addresses, description)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The platform of a `platform.json`. Raises OSError or ValueError if that can't be read."""
        return cls.described(json.loads(path.read_text()))

    async def register_app(self, *scopes: str, name: str = "Test app", **fields: Any) -> Client:
        """Registers an application of the sandbox company; `fields` are those of the registration API's body."""
        sandbox = self.description["sandbox"]
        body = {"name": name, "scopes": list(scopes), "allowedGrants": ["client_credentials"]} | fields
        async with self._calls() as calls:
            token = await self._sign_in(calls, sandbox["admin_login"], sandbox["admin_password"])
            made = await calls.expect("POST", "/app-mgmt/v4/apps", token, body)
        return Client(made["appId"], made["secret"]["value"])

    async def register_producer(self, *event_scopes: str, key_space: Sequence[str]) -> Client:
        """Registers an application that may write events about the subjects of `key_space`, assigned by staff."""
        client = await self.register_app(name="Test producer")
        staff = self.description["staff"]
        given = {"scopes": list(event_scopes), "keySpace": list(key_space)}
        async with self._calls() as calls:
            token = await self._sign_in(calls, staff["login"], staff["password"])
            await calls.expect("PATCH", f"/app-mgmt/v4/apps/{client.client_id}", token, given)
        return client

    def credentials(self, client: Client, *event_scopes: str) -> ClientCredentialsToken:
        """The credentials of a producer; use them with `async with`."""
        return ClientCredentialsToken(
            self.addresses.token_url, client.client_id, ClientSecret(client.secret), scopes=event_scopes
        )

    async def set_enabled(self, client: Client, enabled: bool) -> None:
        """Enables or disables an application for the sandbox company, and returns when that is in force everywhere."""
        sandbox = self.description["sandbox"]
        path = f"/app-mgmt/v4/companies/{sandbox['company_id']}/apps/{client.client_id}"
        async with self._calls() as calls:
            token = await self._sign_in(calls, sandbox["admin_login"], sandbox["admin_password"])
            await calls.expect("PUT", path, token, {"enabled": enabled})

    async def producer_of_everything(self) -> Client:
        """A client that may write every event but those of signing keys; registered once."""
        if self._producer is None:
            self._producer = await self.register_producer(*_STAFF_SCOPES, key_space=_ASSIGNABLE_KEYS)
        return self._producer

    def _calls(self) -> PlatformCalls:
        return PlatformCalls(self.addresses.base_url)

    async def _sign_in(self, calls: PlatformCalls, login: str, password: str) -> str:
        return await calls.sign_in(self.description["admin_client"], login, password, _ADMIN_SCOPES)


@asynccontextmanager
async def open_platform_topics(platform: PlatformUnderTest) -> AsyncIterator[TopicsUnderTest]:
    """The topics of a platform, judged by a guard that observes it."""
    addresses = platform.addresses
    observer = open_observer(
        issuer=addresses.base_url, bootstrap_servers=addresses.bootstrap_servers, token_url=addresses.token_url
    )
    async with observer as process, aclosing(_ProducerOfEverything(platform)) as credentials:
        yield TopicsUnderTest(addresses.bootstrap_servers, process.event_guard, credentials)


class _ProducerOfEverything:
    """Registers its client when a test first writes: most tests only read."""

    def __init__(self, platform: PlatformUnderTest) -> None:
        self._platform = platform
        self._source: ClientCredentialsToken | None = None

    async def current(self) -> Credential:
        if self._source is None:
            client = await self._platform.producer_of_everything()
            self._source = self._platform.credentials(client, *_STAFF_SCOPES)
            await self._source.start()
        return await self._source.current()

    async def aclose(self) -> None:
        if self._source is not None:
            await self._source.stop()
