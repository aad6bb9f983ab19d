"""A class data archive of Kafka: its classes in a file, loaded and checked.

A broker that maps the file starts in half the CPU time. Making it takes a start and a stop, which pays off only with
many starts; so the tests make it, and every broker of this checkout uses it if it exists.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from deploy.local.errors import PlatformError
from deploy.local.java import find_java
from deploy.local.kafka_config import server_properties
from deploy.local.kafka_jars import ensure_jars
from deploy.local.kafka_programs import KafkaPrograms, new_cluster_id
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.processes import ProcessSpec, Supervisor, locked
from deploy.local.readiness import wait_until_ready
from deploy.local.server_access import brokers_seen

HEAP = "256M"
START_SECONDS = 120.0
STOP_SECONDS = 120.0
_STEM = "classes-"


def kept_classes(folder: Path, java: Path, jars: Sequence[Path]) -> Path | None:
    """The file for a Java and the jars in `folder`, if it exists."""
    path = _place(folder, java, jars)
    return path if path.exists() else None


def keep_classes(folder: Path) -> Path:
    """Make the file for the jars in `folder` unless it exists, and delete those of other jars and of another Java.

    Raises PlatformError if there is no Java or no broker starts.
    """
    java, jars = find_java(), ensure_jars(folder)
    path = _place(folder, java, jars)
    with locked(folder.with_name(f"{_STEM}lock")):
        if not path.exists():
            for other in path.parent.glob(f"{_STEM}*.jsa"):
                other.unlink()
            partial_file = path.with_suffix(".partial")
            partial_file.unlink(missing_ok=True)
            with tempfile.TemporaryDirectory(prefix="grantstream-classes-") as scratch:
                _run_once(KafkaPrograms(java, jars, HEAP), Path(scratch), partial_file)
            if not partial_file.exists():
                raise PlatformError(f"{java} did not write down the classes of a broker.")
            partial_file.rename(path)
    return path


def _place(folder: Path, java: Path, jars: Sequence[Path]) -> Path:
    """The file's path, by Java and jars: Java ignores the file of another Java, or of jars elsewhere."""
    program = java.resolve()
    origin = "\n".join([str(program), str(program.stat().st_mtime_ns), *map(str, jars)])
    return folder.with_name(f"{_STEM}{hashlib.sha256(origin.encode()).hexdigest()[:16]}.jsa")


def _run_once(programs: KafkaPrograms, folder: Path, file: Path) -> None:
    """Start and stop a broker; Java writes the file when it ends."""
    port, controller_port = free_ports(2)

    def write_config(data: Path, name: str) -> Path:
        path = folder / name
        path.write_text(server_properties(data, port=port, controller_port=controller_port))
        return path

    programs.format_once(folder, write_config, new_cluster_id(), "--standalone")
    java, *arguments = programs.broker(write_config(folder / "data", "server.properties"))
    supervisor = Supervisor(folder / "run", die_with_parent=True)
    spec = ProcessSpec(
        name="kafka",
        command=(java, f"-XX:ArchiveClassesAtExit={file}", *arguments),
        log=folder / "kafka.log",
        layer=0,
        env=programs.environment,
        grace_seconds=STOP_SECONDS,
    )
    try:
        wait_until_ready(supervisor.ensure(spec), partial(_answers, f"{LOOPBACK}:{port}"), START_SECONDS)
    finally:
        supervisor.stop(spec.name)


def _answers(address: str) -> bool:
    return bool(brokers_seen(address))
