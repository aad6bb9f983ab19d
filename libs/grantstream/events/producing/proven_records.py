"""The records of one window, with what shows who sends them."""

from collections.abc import Sequence

from grantstream.events.producing.record_window import Record
from grantstream.proof import Credential, prove


def proven(records: Sequence[Record], credential: Credential) -> list[Record]:
    """The records with their token and their proof. Raises ValueError for more than a proof may cover."""
    return [
        Record(record.topic, record.key, record.value, [*record.headers, *shown], record.lane)
        for record, shown in zip(records, prove(credential, records), strict=True)
    ]
