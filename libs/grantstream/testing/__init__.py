"""The test harness, for teams whose programs produce into the platform's topics or consume from them.

A pytest plugin: the extra `testing` installs it with its fixtures (docs/testing.md).

    plugin.py                 the fixtures and the options
    borrowed.py               servers for tests, started and ended by the platform's programs
    databases.py              an empty database for one test
    topics_under_test.py      a broker or a platform, as tests see it
    platform_under_test.py    a running platform and its clients; platform_calls.py: the requests that set them up
    mint.py                   signed tokens, and a guard that believes them; token_minting.py: invalid ones, too
    fake_fence.py             the fence of that guard, controlled by the test
    fixed_credentials.py      a producer's credentials, without a token service
    records.py                records as producers write them, whole or in part
    sample_events.py          events to test with
    publishing.py             writes them to their topics
    topic_log.py              the records that were appended since a test began
    expected_events.py        assertions on those; expected_dead_letters.py: on dead letters
    refusals.py               assertions on refusals by a guard
    eventually.py             waits for a condition, and reports the last state if it fails
"""

from grantstream.testing.eventually import eventually, eventually_sync
from grantstream.testing.fake_fence import FakeFence
from grantstream.testing.fixed_credentials import FixedCredentials
from grantstream.testing.mint import Mint
from grantstream.testing.records import record, signed_record
from grantstream.testing.refusals import assert_refused

__all__ = [
    "FakeFence",
    "FixedCredentials",
    "Mint",
    "assert_refused",
    "eventually",
    "eventually_sync",
    "record",
    "signed_record",
]
