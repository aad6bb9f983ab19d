"""Makes the class data archive of Kafka, with which a broker starts in half the CPU time.

That takes a start and a stop, which pays off only with many starts; so the tests make the archive, and every broker of
this checkout uses it if it exists.
"""

import tempfile
from pathlib import Path

from deploy.local.errors import PlatformError
from deploy.local.kafka_broker import server_properties
from deploy.local.kafka_jars import ensure_jars
from deploy.local.kafka_programs import CLASSES_STEM, KafkaPrograms, classes_file, find_java, new_cluster_id
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.processes import ProcessSpec, Supervisor, locked
from deploy.local.readiness import wait_until_ready
from deploy.local.server_access import KafkaAccess

HEAP = "256M"
START_SECONDS = 120.0
STOP_SECONDS = 120.0


def keep_classes(folder: Path) -> Path:
    """Make the file for the jars in `folder` unless it exists, and delete those of other jars and of another Java.

    Raises PlatformError if there is no Java or no broker starts.
    """
    java, jars = find_java(), ensure_jars(folder)
    path = classes_file(folder, java, jars)
    with locked(folder.with_name(f"{CLASSES_STEM}lock")):
        if not path.exists():
            for other in path.parent.glob(f"{CLASSES_STEM}*.jsa"):
                other.unlink()
            partial_file = path.with_suffix(".partial")
            partial_file.unlink(missing_ok=True)
            with tempfile.TemporaryDirectory(prefix="grantstream-classes-") as scratch:
                _run_once(KafkaPrograms(java, jars, HEAP), Path(scratch), partial_file)
            if not partial_file.exists():
                raise PlatformError(f"{java} did not write down the classes of a broker.")
            partial_file.rename(path)
    return path


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
        wait_until_ready(supervisor.ensure(spec), KafkaAccess(f"{LOOPBACK}:{port}").answers, START_SECONDS)
    finally:
        supervisor.stop(spec.name)
