"""Files that hold secrets: only their owner may read them, and they are written atomically."""

from collections.abc import Callable
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read, atomically."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.replace(path)


def kept(path: Path, make: Callable[[], str]) -> str:
    """The file's text; a missing file is created first."""
    if not path.exists():
        write_private(path, make())
    return path.read_text()
