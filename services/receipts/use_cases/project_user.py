"""Keeps what is known of users up to date with what the token service tells."""

from grantstream.contracts.events.token import UserState
from grantstream.events.consuming.projections import Applied, project
from grantstream.service.postgres import Connection
from services.receipts.store import users


async def project_user(connection: Connection, user: UserState) -> Applied:
    """Takes the user's state if it is newer than the one kept. Raises ContradictoryEvent."""
    return await project(connection, upsert=users.upsert, stored=users.stored, state=user)
