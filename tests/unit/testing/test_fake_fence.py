"""What a test voids is void for what comes then, and was not for what came before, even within a millisecond."""

import math
import time

from grantstream.testing import FakeFence
from grantstream.testing.mint import producer_claims


def as_a_broker_dates_it() -> float:
    return math.floor(time.time() * 1000) / 1000


def test_records_are_void_from_the_call_on() -> None:
    fence = FakeFence()
    for number in range(300):
        claims = producer_claims(client_id=f"app-{number}", app_version=1)
        before = as_a_broker_dates_it()
        fence.void(f"app/app-{number}", below=2)
        assert fence.rules.void_subject(claims, at=before) is None
        assert fence.rules.void_subject(claims, at=as_a_broker_dates_it()) == f"app/app-{number}"
