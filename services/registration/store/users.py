"""The projection of users."""

from collections.abc import Mapping
from typing import Any

from grantstream.contracts import subjects
from grantstream.contracts.events.token import UserState
from grantstream.contracts.roles import Role
from grantstream.events.consuming.projection_floors import refuse_below_floor
from grantstream.service.postgres import Connection
from services.registration.domain.user import User
from services.registration.store.queries import QUERIES


def row(event: UserState, content_sha256: bytes) -> Mapping[str, Any]:
    """What is kept of a user."""
    return {
        "user_id": event.user_id,
        "version": event.version,
        "company_id": event.company_id,
        "roles": sorted(event.roles),
        "active": event.active,
        "content_sha256": content_sha256,
    }


async def upsert(connection: Connection, event: UserState, content_sha256: bytes) -> bool:
    """Takes in a user; False if this version or a newer one is here already."""
    return await QUERIES.upsert_user(connection, **row(event, content_sha256)) is not None


async def stored(connection: Connection, event: UserState) -> Mapping[str, Any] | None:
    """What is here of the user that an event tells of."""
    kept: Mapping[str, Any] | None = await QUERIES.get_user(connection, user_id=event.user_id)
    return kept


async def find(connection: Connection, user_id: str) -> User | None:
    """The user with this id, as far as it was told. Raises RowBelowFloor."""
    kept = await QUERIES.get_user(connection, user_id=user_id)
    if kept is None:
        return None
    refuse_below_floor(subjects.user(user_id), kept["version"], kept["floor"])
    return User(
        user_id=kept["user_id"],
        version=kept["version"],
        company_id=kept["company_id"],
        roles=frozenset(Role(name) for name in kept["roles"]),
        active=kept["active"],
    )
