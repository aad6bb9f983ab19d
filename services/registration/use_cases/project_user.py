"""Keeping the projection of users."""

from grantstream.contracts.events.token import UserState
from grantstream.events.consuming.projections import project
from grantstream.service.postgres import Connection
from services.registration.store import users


async def project_user(connection: Connection, event: UserState) -> None:
    """Takes a user in, unless a newer version is here. Raises ContradictoryEvent."""
    await project(connection, upsert=users.upsert, stored=users.stored, state=event)
