"""The projection of users."""

from collections.abc import Mapping
from typing import Any

from grantstream.contracts.events.token import UserState
from grantstream.contracts.roles import Role
from grantstream.service.postgres import Connection
from services.registration.domain.user import User
from services.registration.store.queries import QUERIES


async def upsert(connection: Connection, event: UserState, content_sha256: bytes) -> bool:
    """Takes in a user; False if this version or a newer one is here already."""
    written = await QUERIES.upsert_user(
        connection,
        user_id=event.user_id,
        version=event.version,
        company_id=event.company_id,
        roles=sorted(event.roles),
        active=event.active,
        content_sha256=content_sha256,
    )
    return written is not None


async def stored(connection: Connection, event: UserState) -> Mapping[str, Any] | None:
    """What is here of the user that an event tells of."""
    row: Mapping[str, Any] | None = await QUERIES.get_user(connection, user_id=event.user_id)
    return row


async def find(connection: Connection, user_id: str) -> User | None:
    """The user with this id, as far as it was told."""
    row = await QUERIES.get_user(connection, user_id=user_id)
    if row is None:
        return None
    return User(
        user_id=row["user_id"],
        version=row["version"],
        company_id=row["company_id"],
        roles=frozenset(Role(name) for name in row["roles"]),
        active=row["active"],
    )
