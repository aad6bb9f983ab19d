"""Reads Kafka records that aiokafka can't: those with a header whose name is not UTF-8.

aiokafka decodes names strictly, deep in its fetcher. One such record, which any producer may append, ends the reading
task; the records fetched before it are lost, and the partition is stuck for ever. Here the invalid bytes of such a name
are escaped; no code looks for that name, so the record is judged like any other.

A batch that can't be read at all, such as a damaged compressed one, raises CorruptRecordException, whatever the
decompressor raised: readers handle Kafka's errors, and try again after a pause.

aiokafka has no hook for this, so `install` replaces the name that its fetcher uses. It costs one Python object for each
batch; aiokafka's compiled reader parses the records, except for a batch that it can't read.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException, KafkaError
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


def install() -> None:
    """Makes every consumer of this process forgiving. Doing it twice changes nothing."""
    fetcher.MemoryRecords = ForgivingRecords


class ForgivingRecords(_MemoryRecordsPy):  # type: ignore[misc]  # aiokafka is not typed
    """The batches of one fetched partition."""

    def next_batch(self, *arguments: Any) -> Any:
        """The next batch, read by aiokafka's reader first, and leniently if that fails."""
        raw = self._next_slice
        batch = super().next_batch(*arguments)
        return _ForgivingBatch(batch, raw) if isinstance(raw, memoryview) and hasattr(batch, "next_offset") else batch


class _ForgivingBatch:
    """A wrapper of aiokafka's batch."""

    def __init__(self, batch: Any, raw: memoryview) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        last = self._batch.base_offset - 1
        try:
            for record in self._batch:
                yield record
                last = record.offset
        except UnicodeDecodeError:
            yield from (record for record in _LenientBatch(self._raw) if record.offset > last)
        except KafkaError:
            raise
        except Exception as error:
            raise CorruptRecordException(f"a batch can't be read: {type(error).__name__}") from error


class _LenientBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # aiokafka is not typed
    """aiokafka's slower reader, which asks its buffer to decode names."""

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _LenientBuffer(self._buffer)


class _LenientBuffer(bytearray):
    def __getitem__(self, place: Any) -> Any:
        item = super().__getitem__(place)
        return item if isinstance(item, int) else _LenientSlice(item)


class _LenientSlice(bytes):
    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002 - `bytes` has both
        return str(bytes(self), encoding, "backslashreplace")
