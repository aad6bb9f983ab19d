"""Adds the producer's token and proof to the records of one window."""

from collections.abc import Sequence

from grantstream.events.producing.record_window import Record
from grantstream.proof import Credential, prove


def with_proofs(records: Sequence[Record], credential: Credential) -> list[Record]:
    """The records with token and proof. Raises ValueError for more records than a proof may cover."""
    return [
        Record(record.topic, record.key, record.value, [*record.headers, *proof], record.lane)
        for record, proof in zip(records, prove(credential, records), strict=True)
    ]
