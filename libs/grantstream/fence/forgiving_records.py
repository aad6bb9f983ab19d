"""Reads records of Kafka that aiokafka stumbles over: those with a header whose name is not UTF-8.

aiokafka decodes names strictly, deep in its fetcher. One such record, which any producer may append, ends the reading
task; what was fetched before it is dropped unread, and the partition is stuck there for ever. Here such a name is read
with its strange bytes written out; it names nothing that anybody asks for, so the record is judged like any other.

What can't be read at all, such as a compressed batch that was damaged, ends in a CorruptRecordException, whatever the
decompressor raised: all who read know Kafka's errors, and try again with a pause.

aiokafka offers no place to hook this in, so `install` replaces the name that its fetcher uses. It costs one Python
object for each batch; records are parsed by aiokafka's compiled reader, but for a batch which that can't read.
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
        """The next batch, which is read as aiokafka would, and again if that fails."""
        raw = self._next_slice
        batch = super().next_batch(*arguments)
        return _ForgivingBatch(batch, raw) if isinstance(raw, memoryview) and hasattr(batch, "next_offset") else batch


class _ForgivingBatch:
    """A batch; what isn't said here is as aiokafka's own batch says it."""

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
        found = super().__getitem__(place)
        return found if isinstance(found, int) else _LenientBytes(found)


class _LenientBytes(bytes):
    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002 - `bytes` has both
        return str(bytes(self), encoding, "backslashreplace")
