"""Refused records are told of, and don't fill the log."""

import logging

import pytest

from grantstream.guard.refusal_log import RefusalLog


def test_a_refusal_kind_is_logged_once_a_second_with_count(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    log = RefusalLog(logging.getLogger("refusals"), "a record is not believed", clock=lambda: now)
    for number in range(1000):
        log.warn("expired", f"offset {number}")
    log.warn("scope_missing")
    now = 1.0
    log.warn("expired", "offset 1000")
    now = 2.0
    log.warn("expired", "offset 1001")
    assert caplog.messages == [
        "a record is not believed: expired, offset 0",
        "a record is not believed: scope_missing",
        "a record is not believed: expired, offset 1000 (and 999 more since it was last told)",
        "a record is not believed: expired, offset 1001",
    ]
