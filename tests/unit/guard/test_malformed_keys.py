"""Nothing that a believed producer tells of keys ends the following of keys."""

import time
from datetime import UTC, datetime

from grantstream.contracts.events.token import KeyPublished
from grantstream.fence import RawRecord
from grantstream.guard.key_trust import KeyTrust
from grantstream.testing import Mint, signed_record

LOG_APPEND_TIME = 1
YEAR_ONE_SOMEWHERE = datetime(1, 1, 1)  # noqa: DTZ001 - without a zone it is a moment that no clock knows


def _told(key: Mint, by: Mint, *, withdrawn_at: datetime | None = None) -> RawRecord:
    now = datetime.now(UTC)
    event = KeyPublished(version=1, kid=key.kid, jwk=key.jwk, created_at=now, withdrawn_at=withdrawn_at)
    record = signed_record(by.token(), event)
    at = int(time.time() * 1000)
    return RawRecord(record.topic, 0, at, LOG_APPEND_TIME, record.key, tuple(record.headers), record.value)


def test_a_key_with_an_impossible_time_is_skipped() -> None:
    known, odd, good = Mint(), Mint(), Mint()
    keys = known.keys()
    trust = KeyTrust(known.guard(keys=keys), keys)
    trust.take(_told(odd, known, withdrawn_at=YEAR_ONE_SOMEWHERE))
    trust.take(_told(good, known))
    assert keys.find(good.kid) is not None
