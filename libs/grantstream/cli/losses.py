"""The possible losses that the services' groups noted in their databases."""

from typing import Final

import asyncpg

from grantstream.cli.errors import CommandFailed
from grantstream.events.consuming.kept_offsets import Loss, read_losses
from grantstream.postgres.passing import STATEMENT_FAILURES

_CONNECT_SECONDS: Final = 5.0


class NotReadable(CommandFailed):
    """The database answers, but the table is missing, or the right to read it."""


async def losses_of(service: str, dsn: str) -> list[Loss]:
    """Reads one database. Raises CommandFailed if it can't be asked, and NotReadable."""
    try:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS, command_timeout=_CONNECT_SECONDS)
        try:
            return await read_losses(connection)
        finally:
            connection.terminate()
    except asyncpg.UndefinedTableError:
        raise NotReadable(f"The database of {service} keeps no places of its group: migrate it.") from None
    except asyncpg.InsufficientPrivilegeError:
        raise NotReadable(f"What {service} may have lost can't be read with this role's rights.") from None
    except STATEMENT_FAILURES as error:
        raise CommandFailed(f"The database of {service} can't be asked ({type(error).__name__}).") from None
