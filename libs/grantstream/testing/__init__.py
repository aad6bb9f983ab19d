"""The test harness, for teams whose programs produce into the platform's topics or consume from them.

A pytest plugin: installed with the extra `testing`, its fixtures are there (docs/testing.md).

    plugin.py                 the fixtures and the options
    borrowed.py               servers of a test's own, started and ended by the platform's programs
    databases.py              an empty database for one test
    topics_under_test.py      a broker or a platform, as tests see it
    platform_under_test.py    a running platform, and who may act on it; platform_calls.py: by which requests
    mint.py                   signed tokens, and a guard that believes them; token_minting.py: the bad ones, too
    fence_at_hand.py          the fence of that guard, which stands still
    fixed_credentials.py      a producer's credentials, without a token service
    records.py                records as producers write them, or with a part of them missing
    sample_events.py          events to test with
    publishing.py             writing them to their topics
    topic_log.py              what was appended since a test began
    expected_events.py        assertions on that; expected_dead_letters.py: on what was set aside
    refusals.py               assertions on what a guard refuses
    eventually.py             waiting on a condition, and saying what was there instead
"""

from grantstream.testing.eventually import eventually, eventually_sync
from grantstream.testing.fence_at_hand import FenceAtHand
from grantstream.testing.fixed_credentials import FixedCredentials
from grantstream.testing.mint import Mint
from grantstream.testing.records import record, signed_record
from grantstream.testing.refusals import assert_refused

__all__ = [
    "FenceAtHand",
    "FixedCredentials",
    "Mint",
    "assert_refused",
    "eventually",
    "eventually_sync",
    "record",
    "signed_record",
]
