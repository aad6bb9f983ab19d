"""Batches as brokers store them, compressed or not: no header's name ends the reading, and damage is a Kafka error."""

from typing import Any

import pytest
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.default_records import DefaultRecordBase, _DefaultRecordBatchBuilderPy
from aiokafka.record.util import calc_crc32c

from grantstream.kafka.forgiving_records import ForgivingRecords

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
EACH_CODEC = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS.keys())


class NotUtf8(str):
    """A header's name as another client might send it."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return b"\xff\xfe"


def batch_of(codec: int, *names: str) -> bytearray:
    """A batch with one record for each name of a header."""
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, -1, 1_000_000)
    for offset, name in enumerate(names):
        builder.append(offset, 1, b"key", b"x" * 500, [(name, b"value")])
    return builder.build()


def read(batch: bytearray) -> list[Any]:
    records, found = ForgivingRecords(bytes(batch)), []
    while records.has_next():
        next_batch = records.next_batch()
        assert next_batch.validate_crc()
        found += list(next_batch)
    return found


@EACH_CODEC
def test_a_batch_with_a_non_utf8_header_name_is_read_whole(codec: int) -> None:
    batch = batch_of(codec, "first", NotUtf8("second"), "third")
    assert batch[DefaultRecordBase.ATTRIBUTES_OFFSET + 1] == codec, "it is compressed as it is to be"
    found = read(batch)
    assert [record.offset for record in found] == [0, 1, 2]
    assert [list(record.headers) for record in found] == [
        [("first", b"value")],
        [(r"\xff\xfe", b"value")],
        [("third", b"value")],
    ]
    assert {record.value for record in found} == {b"x" * 500}


@pytest.mark.parametrize("codec", list(CODECS.values())[1:], ids=list(CODECS)[1:])
def test_a_damaged_compressed_batch_is_a_corrupt_record(codec: int) -> None:
    batch = batch_of(codec, "first", "second")
    header = DefaultRecordBase.HEADER_STRUCT.size
    batch[header:] = bytes(len(batch) - header)
    crc = calc_crc32c(batch[DefaultRecordBase.ATTRIBUTES_OFFSET :])  # as if it had been damaged before it was counted
    batch[DefaultRecordBase.CRC_OFFSET : DefaultRecordBase.CRC_OFFSET + 4] = crc.to_bytes(4)
    with pytest.raises(CorruptRecordException):
        read(batch)


def test_a_codec_of_the_future_is_named_as_what_it_is() -> None:
    batch = batch_of(4, "first")
    batch[DefaultRecordBase.ATTRIBUTES_OFFSET + 1] = 5
    crc = calc_crc32c(batch[DefaultRecordBase.ATTRIBUTES_OFFSET :])
    batch[DefaultRecordBase.CRC_OFFSET : DefaultRecordBase.CRC_OFFSET + 4] = crc.to_bytes(4)
    with pytest.raises(UnsupportedCodecError):
        read(batch)
