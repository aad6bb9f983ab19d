"""Telling others: every event of this service goes out under one source, in the transaction of its change."""

from datetime import datetime
from typing import Any, Final

from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.events.token import GrantRevoked
from grantstream.events.producing.outbox import append, append_change, append_void

SOURCE: Final = "urn:grantstream:service:token"
"""`ce_source` of this service's events."""


async def tell(connection: Any, state: AggregateState, now: datetime) -> None:
    """Appends an aggregate's new state, and its version on the fence."""
    await append_change(connection, state, source=SOURCE, now=now)


async def tell_revoked(connection: Any, revoked: GrantRevoked, now: datetime) -> None:
    """Appends that a grant ended, and on the fence that every token issued from it is void."""
    await append(connection, revoked, source=SOURCE, now=now)
    await append_void(connection, revoked.subject, source=SOURCE, now=now)
