"""Keeping the projection of users."""

from grantstream.contracts.events.token import UserState
from grantstream.events.errors import ContradictoryEvent
from grantstream.service.postgres import Connection
from services.registration.domain.user import User
from services.registration.store import users


async def project_user(connection: Connection, event: UserState) -> None:
    """Takes a user in, unless a newer version is here. Raises ContradictoryEvent."""
    user = User(
        user_id=event.user_id,
        version=event.version,
        company_id=event.company_id,
        roles=frozenset(event.roles),
        active=event.active,
    )
    if await users.project(connection, user):
        return
    known = await users.find(connection, user.user_id)
    if known is not None and known.version == user.version and known != user:
        raise ContradictoryEvent(event.subject, event.version)
