"""What is known of users: a projection of what the token service told."""

from dataclasses import dataclass
from typing import Any

from grantstream.contracts import subjects
from grantstream.events.consuming.projection_floors import refuse_below_floor
from grantstream.service.postgres import Connection
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
