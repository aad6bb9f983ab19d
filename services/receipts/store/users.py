"""What is known of users: a projection of what the token service told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grantstream.contracts import subjects
from grantstream.contracts.events.token import UserState
from grantstream.events.consuming.projection_floors import refuse_below_floor
from grantstream.service.postgres import Connection, Record
from services.receipts.store.queries import QUERIES


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUser:
    """A user as of `version`."""

    user_id: str
    company_id: str
    active: bool
    version: int


async def find(connection: Connection, user_id: str) -> KnownUser | None:
    """The user, if one was ever told of. Raises RowBelowFloor."""
    kept: Any = await QUERIES.find_user(connection, user_id=user_id)
    if kept is None:
        return None
    columns = dict(kept)
    refuse_below_floor(subjects.user(user_id), kept["version"], columns.pop("floor"))
    return KnownUser(**columns)


def row(user: UserState, content_sha256: bytes) -> Mapping[str, Any]:
    """What is kept of a user's state."""
    return {
        "user_id": user.user_id,
        "company_id": user.company_id,
        "active": user.active,
        "version": user.version,
        "void_below": user.void_below.model_dump(mode="json"),
        "content_sha256": content_sha256,
    }


async def upsert(connection: Connection, user: UserState, content_sha256: bytes, /) -> bool:
    """Takes the user's state if it is newer than the one kept; whether it was."""
    return bool(await QUERIES.upsert_user(connection, **row(user, content_sha256)))


async def stored(connection: Connection, user: UserState, /) -> Record | None:
    """The `version` and `content_sha256` that are kept of the user."""
    kept: Record | None = await QUERIES.stored_user(connection, user_id=user.user_id)
    return kept
