"""Makes effects that are no version-gated upsert (a counter, a mail) happen once: it records their events with them.

The key is the producer's client, the source and the id: no producer can use up another producer's ids.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.envelope import Envelope
from grantstream.postgres.pool import Connection
from grantstream.postgres.queries import load_queries

QUERIES: Final[Any] = load_queries(Path(__file__).with_name("inbox.sql"))


async def first_time(connection: Connection, claims: AccessTokenClaims, envelope: Envelope) -> bool:
    """Whether this event is new; records it in the transaction of `connection`."""
    is_new = await QUERIES.record_event(
        connection, client_id=claims.client_id, ce_source=envelope.source, ce_id=envelope.id
    )
    return bool(is_new)


async def forget_receipts(connection: Connection, *, older_than: timedelta) -> None:
    """Clean-up. `older_than` must exceed the topics' retention, or a replay would repeat effects."""
    await QUERIES.forget_receipts(connection, older_than=older_than)
