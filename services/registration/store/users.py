"""The projection of users."""

from grantstream.contracts import subjects
from grantstream.contracts.roles import Role
from grantstream.events.consuming.projection_floors import refuse_below_floor
from grantstream.service.postgres import Connection
from services.registration.domain.user import User
from services.registration.store.queries import QUERIES


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
