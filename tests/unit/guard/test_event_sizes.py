"""A producer that may write one thing can't make those who read it short of memory."""

import time

import pytest

from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.topics import APP_MODIFIED
from grantstream.guard import EventRefused, RefusalCode
from grantstream.proof import RecordContent, prove
from grantstream.testing import Mint

TYPE = EVENT_TYPES[APP_MODIFIED.name]


@pytest.mark.parametrize(
    "value",
    [
        b'{"secrets":[' + b"{}," * 333_000 + b"{}]}",
        b'{"scopes":[' + b"0," * 500_000 + b"0]}",
        b'{"x":' + b"[" * 1_000_000,
        b"{" + b",".join(b'"%d":0' % number for number in range(80_000)) + b"}",
    ],
)
def test_a_record_with_too_many_parts_is_refused_unparsed(value: bytes) -> None:
    mint = Mint()
    credential, guard = mint.credential(), mint.guard()
    envelope = Envelope.from_headers(
        [(f"ce_{name}", text.encode()) for name, text in {
            "specversion": "1.0", "id": "1", "type": TYPE.name, "source": "s", "subject": "app/x",
            "time": "2026-01-01T00:00:00Z", "dataschema": TYPE.dataschema,
        }.items()]
    )  # fmt: skip
    record = RecordContent(APP_MODIFIED.name, b"x", value, envelope.headers())
    [shown] = prove(credential, [record])
    with pytest.raises(EventRefused) as refused:
        guard.read_event(
            topic=APP_MODIFIED, key=record.key, headers=[*record.headers, *shown], value=value, appended_at=time.time()
        )
    assert refused.value.code is RefusalCode.EVENT_DATA_MALFORMED
    assert refused.value.detail == "too many parts"
