"""The aggregates of the token service: reads their newest states, to publish them again."""

from typing import Final

from grantstream.contracts.events.token import CompanyRegistered, KeyPublished, UserModified
from grantstream.contracts.topics import COMPANY_REGISTERED, KEY_PUBLISHED, USER_MODIFIED, USER_REGISTERED
from grantstream.events.relaying.owned_states import OwnedStates
from grantstream.postgres.pool import Connection
from services.token.store import companies, signing_keys, users


async def newest_company(connection: Connection, key: str) -> CompanyRegistered | None:
    """The company with this id, locked until the transaction ends."""
    company = await companies.lock(connection, key)
    return None if company is None else company.state


async def newest_user(connection: Connection, key: str) -> UserModified | None:
    """The user with this id, locked until the transaction ends."""
    user = await users.lock(connection, key)
    return None if user is None else user.state


async def newest_key(connection: Connection, key: str) -> KeyPublished | None:
    """The signing key with this `kid`; all keys are locked until the transaction ends."""
    keys = await signing_keys.lock_all(connection)
    return next((one.published_event() for one in keys if one.kid == key), None)


OWNED: Final = (
    OwnedStates(name="companies", topics=(COMPANY_REGISTERED,), find=newest_company, keys=companies.keys),
    OwnedStates(name="users", topics=(USER_REGISTERED, USER_MODIFIED), find=newest_user, keys=users.keys),
    OwnedStates(name="keys", topics=(KEY_PUBLISHED,), find=newest_key, keys=signing_keys.keys),
)
