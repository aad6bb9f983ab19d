"""Servers borrowed from the platform's own programs: they end when this process ends, however it ends.

The programs that start them are not part of the library (they start services, and the library knows none), so they run
in a separate process: from the checkout, or from the wheel's copy of it.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Literal

Lendable = Literal["kafka", "postgres", "platform"]

_HERE: Final = Path(__file__).parent
_BUNDLED: Final = _HERE / "bundled"
"""The wheel's copy; see pyproject.toml."""
_CHECKOUT: Final = _HERE.parents[2]
_STOP_SECONDS: Final = 60.0


class NotLent(RuntimeError):
    """The servers for a test could not be started; the text says why and what to do."""


@contextmanager
def borrowed(what: Lendable) -> Iterator[dict[str, Any]]:
    """Starts servers until the block ends, and yields their description (with passwords). Raises NotLent."""
    root = _programs()
    with tempfile.TemporaryFile() as complaints:  # an unread pipe would block the lender once it is full
        lender = subprocess.Popen(  # noqa: S603 - a program of ours, with one of three words
            [sys.executable, "-m", "deploy.local.lend", what],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=_environment(root),
            cwd=root,  # Python looks there first, and the tests' folder may have a `deploy` of its own
            # Not reached by the Ctrl-C that ends the tests: it stops its servers in order when its pipe ends.
            start_new_session=True,
        )
        try:
            yield _description(lender, complaints)
        finally:
            _give_back(lender)


def _description(lender: "subprocess.Popen[bytes]", complaints: IO[bytes]) -> dict[str, Any]:
    line = lender.stdout.readline() if lender.stdout is not None else b""
    if not line:
        complaints.seek(0)
        complaint = complaints.read().decode(errors="replace").strip()
        raise NotLent(complaint or "the servers could not be started, and nothing was said")
    described: dict[str, Any] = json.loads(line)
    return described


def _give_back(lender: "subprocess.Popen[bytes]") -> None:
    try:
        lender.communicate(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        lender.kill()  # its servers are tied to it
        lender.communicate()


def _environment(root: Path) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    given["PYTHONPATH"] = os.pathsep.join((str(root), str(root / "libs")))
    if root == _BUNDLED:
        given.setdefault("GRANTSTREAM_LOCAL_JARS_DIR", str(_cache() / "kafka" / "jars"))
    return given


def _programs() -> Path:
    """The folder with the programs that start a platform. Raises NotLent."""
    for folder in (_BUNDLED, _CHECKOUT):
        if (folder / "deploy" / "local" / "lend.py").exists():
            return folder
    raise NotLent("this installation of grantstream carries no platform: install it from its wheel or a checkout")


def _cache() -> Path:
    """The folder of downloads for later runs (XDG base directories)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "grantstream")
