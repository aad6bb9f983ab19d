"""The harness works for those who have nothing but the wheel: the page's example, in an environment of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.kafka_broker import JARS

ROOT = Path(__file__).parents[3]
NO_NETWORK = ("network was disabled", "error sending request", "dns error", "Failed to fetch", "Could not connect")


def example() -> str:
    """The complete example of the page."""
    [found] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "testing.md").read_text(), re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel, its extra `testing`, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    [wheel] = folder.glob("*.whl")
    uv = Path(sys.executable).with_name("uv")
    run(str(uv), "venv", "--quiet", "--python", sys.executable, str(folder / "env"), cwd=folder)
    python = folder / "env" / "bin" / "python"
    constraints = ROOT / "requirements" / "dev.txt"
    install = (str(uv), "pip", "install", "--quiet", "--python", str(python), "-c", str(constraints))
    done = run(*install, f"{wheel}[testing]", cwd=folder, check=False)
    if done.returncode and any(sign in done.stderr for sign in NO_NETWORK):
        pytest.skip("the packages that the wheel needs can't be had here: no network, and uv's cache lacks some")
    assert done.returncode == 0, done.stderr
    return python


def run(*command: str, cwd: Path, check: bool = True, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs a program with nothing of this checkout in its environment."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "VIRTUAL"))
    }
    return subprocess.run(
        command, cwd=cwd, env=inherited | environment, check=check, capture_output=True, text=True, timeout=150
    )


def test_the_pages_example_passes_with_only_the_wheel(python: Path, tmp_path: Path) -> None:
    (tmp_path / "test_deliveries.py").write_text(example())
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    for name in ("deploy", "services"):  # another team's own packages may well be called that
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise AssertionError('the harness imported a stranger')\n")
    jars = {"GRANTSTREAM_LOCAL_JARS_DIR": str(JARS)}  # fetched already
    done = run(str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path, check=False, **jars)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_wheel_does_not_install_the_deploy_package(python: Path, tmp_path: Path) -> None:
    done = run(str(python), "-c", "import deploy", cwd=tmp_path, check=False)
    assert "No module named 'deploy'" in done.stderr
