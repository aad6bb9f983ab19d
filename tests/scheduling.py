"""Which tests run one after the other on one worker: those of a file, or of a folder with costly servers."""

from typing import Final

from xdist.scheduler import LoadFileScheduling

TOGETHER: Final = ("tests/integration/services/token/",)
"""Folders whose servers would otherwise be started by each worker, and be idle there for most of the time."""


class ByServers(LoadFileScheduling):
    """As `--dist loadfile` does it, but for those folders."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)
