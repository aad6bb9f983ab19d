"""The broker's jars: exactly the locked ones, in our own folder, checked at every start.

jgo writes the lock but does not enforce it when it runs programs itself. So this module uses only parts of it: the
lock's reader, its download of one artifact, and its check of the checksums.
"""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from jgo.env import LockedDependency, LockFile
from jgo.maven import MavenContext, PythonResolver

from deploy.local.errors import PlatformError
from deploy.local.processes import locked

LOCK = Path(__file__).parents[1] / "kafka" / "jgo.lock.toml"
DOWNLOADS_AT_ONCE = 4
TRIES = 3
READ_SECONDS = 60

Progress = Callable[[int, int], None]
"""Called with the number of jars that are there, and of all."""


def ensure_jars(folder: Path, progress: Progress | None = None) -> list[Path]:
    """Return the paths of all locked jars below `folder`, fetching them first if any is missing.

    Raises PlatformError if a jar can't be fetched or its checksum is not the locked one.
    """
    lock = read_lock()
    jars = [folder / _path(dependency) for dependency in lock.dependencies]
    with locked(folder.with_name(f"{folder.name}.lock")):
        if not all(jar.exists() for jar in jars):
            _fetch(lock, folder, progress)
        _verify(lock, folder)
    return jars


def read_lock(path: Path = LOCK) -> LockFile:
    """Read the lock; raises PlatformError if an entry has no checksum (jgo would let it pass unchecked)."""
    lock = LockFile.load(path)
    unchecked = [dependency.artifactId for dependency in lock.dependencies if not dependency.sha256]
    if unchecked:
        raise PlatformError(f"{path} has no checksum for {', '.join(unchecked)}.")
    return lock


def _fetch(lock: LockFile, folder: Path, progress: Progress | None) -> None:
    """Fetch everything beside `folder` and put it in place only when every checksum is right."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    context = MavenContext(repo_cache=partial, resolver=PythonResolver(), timeout=READ_SECONDS)
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        fetched = [pool.submit(_fetch_one, context, dependency) for dependency in lock.dependencies]
        try:
            for done, each in enumerate(fetched, start=1):
                each.result()
                if progress is not None:
                    progress(done, len(fetched))
        finally:
            pool.shutdown(cancel_futures=True)
    _verify(lock, partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _fetch_one(context: MavenContext, dependency: LockedDependency) -> None:
    project = context.project(dependency.groupId, dependency.artifactId)
    artifact = project.at_version(dependency.version).artifact(dependency.classifier or "", dependency.packaging)
    for left in reversed(range(TRIES)):
        try:
            artifact.resolve()
        except (requests.RequestException, RuntimeError, OSError) as error:
            # The rest of a broken download would be taken for the whole.
            (context.repo_cache / _path(dependency)).unlink(missing_ok=True)
            if not left:
                raise PlatformError(
                    f"{dependency.artifactId} {dependency.version}, a part of Kafka, could not be fetched from "
                    f"Maven Central ({type(error).__name__}). Is the network there?"
                ) from error
        else:
            return


def _verify(lock: LockFile, folder: Path) -> None:
    faults = lock.verify_checksums(folder)
    if faults:
        raise PlatformError(
            f"Kafka's jars are not the locked ones; delete {folder} and try again:\n" + "\n".join(faults)
        )


def _path(dependency: LockedDependency) -> Path:
    """Where a Maven repository keeps the artifact."""
    tail = f"-{dependency.classifier}" if dependency.classifier else ""
    name = f"{dependency.artifactId}-{dependency.version}{tail}.{dependency.packaging}"
    return Path(*dependency.groupId.split("."), dependency.artifactId, dependency.version, name)
