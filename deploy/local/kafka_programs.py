"""The programs in Kafka's jars: how to start them, and to format the storage."""

import base64
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import PlatformError
from deploy.local.processes import child_environment

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
    """The class data archive (see `kafka_classes.py`)."""

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
