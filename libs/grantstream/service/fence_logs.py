"""The logs of the fence that this service ever read, stored in its database.

The fence may be deleted, or lost with the brokers' data. Processes that read the old log continue until their last
proof is too old, and the new log does not name them. So for that long, no answer may call a change effective
everywhere. On a platform that starts for the first time there are no such processes, and answers need not wait.
"""

import logging
from pathlib import Path
from typing import Any, Final

from grantstream.fence import Fence
from grantstream.postgres.errors import DatabaseError
from grantstream.postgres.pool import Pool, transaction
from grantstream.postgres.queries import load_queries

_log = logging.getLogger(__name__)
_QUERIES: Final[Any] = load_queries(Path(__file__).with_name("fence_logs.sql"))


async def note_log(pool: Pool, fence: Fence) -> None:
    """Stores the log that this process reads, and calls `fence.no_log_came_before` if it is the first.

    If the database fails, the first answers take some seconds longer.
    """
    try:
        async with transaction(pool) as connection:
            is_first = await _QUERIES.note_log(connection, log_id=fence.position.log)
    except DatabaseError as error:
        _log.warning("whether the fence is a new log is not known: %s", error)
        return
    if is_first:
        fence.no_log_came_before()
    else:
        _log.warning("the fence is another log than before; tokens from before it are refused")
