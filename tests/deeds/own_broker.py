"""A broker whose data can be lost as a whole, and which deletes what is too old within a second.

A broker looks for old records every five minutes, and for the first time half a minute after its start.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from deploy.local.kafka_broker import EmbeddedKafka
from deploy.local.processes import RunningProcess

_OLD_RECORDS_SOON: Final = "log.retention.check.interval.ms=1000\nlog.initial.task.delay.ms=1000\n"


class OwnBroker(EmbeddedKafka):
    """An embedded broker below `folder`; a context manager, too."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(folder, **options)
        self.data = folder / "kafka" / "data"
        self._launching = ThreadPoolExecutor(max_workers=1)

    def launch(self) -> RunningProcess:
        """From a thread of its own: what is tied to its parent's life ends with the thread that started it."""
        return self._launching.submit(super().launch).result()

    def lose_everything(self) -> None:
        """The broker's data are gone, with every topic and every group: it starts as on its first day.

        The same address, and a cluster of another id. Topics are not made.
        """
        self.stop()
        shutil.rmtree(self.data)
        self.start()

    def _write_config(self, data: Path, name: str) -> Path:
        path = super()._write_config(data, name)
        path.write_text(path.read_text() + _OLD_RECORDS_SOON)
        return path
