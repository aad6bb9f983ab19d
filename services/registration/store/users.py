"""The projection of users."""

from grantstream.contracts.roles import Role
from grantstream.service.postgres import Connection
from services.registration.domain.user import User
from services.registration.store.queries import QUERIES


async def project(connection: Connection, user: User) -> bool:
    """Takes in a user as an event tells it; False if this version or a newer one is here already."""
    version = await QUERIES.upsert_user(
        connection,
        user_id=user.user_id,
        version=user.version,
        company_id=user.company_id,
        roles=sorted(user.roles),
        active=user.active,
    )
    return version is not None


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
