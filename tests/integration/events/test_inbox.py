"""What was received is remembered as long as it must be, and by producer, source and id."""

from datetime import timedelta

import asyncpg

from grantstream.contracts.envelope import Envelope
from grantstream.events import first_time, forget_receipts
from grantstream.testing.mint import producer_claims
from tests.integration.events.support import app_state, envelope_headers, event_of


def envelope() -> Envelope:
    return Envelope.from_headers(envelope_headers(event_of(app_state())))


async def test_nobody_uses_up_the_ids_of_another_client(pool: asyncpg.Pool) -> None:
    received = envelope()
    assert await first_time(pool, producer_claims(client_id="a"), received)
    assert await first_time(pool, producer_claims(client_id="b"), received)
    assert not await first_time(pool, producer_claims(client_id="a"), received)


async def test_what_is_old_is_forgotten_and_nothing_else(pool: asyncpg.Pool) -> None:
    old, young = envelope(), envelope()
    assert await first_time(pool, producer_claims(), old)
    await pool.execute("update inbox set received_at = received_at - interval '40 days' where ce_id = $1", old.id)
    assert await first_time(pool, producer_claims(), young)
    await forget_receipts(pool, older_than=timedelta(days=30))
    assert await first_time(pool, producer_claims(), old)
    assert not await first_time(pool, producer_claims(), young)
