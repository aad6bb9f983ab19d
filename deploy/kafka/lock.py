"""Write `jgo.lock.toml` again from `jgo.toml`: `.venv/bin/python -m deploy.kafka.lock`.

Run it after changing a version; at start-up the platform only reads the lock.
"""

import tempfile
from pathlib import Path

from jgo.env import EnvironmentBuilder, EnvironmentSpec
from jgo.maven import MavenContext

HERE = Path(__file__).parent
SPEC = HERE / "jgo.toml"
LOCK = HERE / "jgo.lock.toml"


def write_lock() -> int:
    """Resolve every jar into an empty folder, write the lock and return how many jars it names."""
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder, "repository"), timeout=60)
        builder = EnvironmentBuilder(context, cache_dir=Path(folder, "cache"))
        lock = builder.resolve_lockfile(EnvironmentSpec.load(SPEC))
    lock.save(LOCK)
    return len(lock.dependencies)


if __name__ == "__main__":
    print(f"{write_lock()} jars locked in {LOCK.name}")
