"""The commands of docs/tutorial.md, run as they stand there, in one shell."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.stage import Stage

TUTORIAL = Path(__file__).parents[2] / "docs/tutorial.md"


def _commands(stage: Stage) -> str:
    blocks = re.findall(r"^```bash\n(.*?)^```", TUTORIAL.read_text(), re.DOTALL | re.MULTILINE)
    return "\n".join(blocks).replace("http://127.0.0.1:8480", stage.description["base"])


def _run(commands: str, folder: Path) -> tuple[str, str]:
    """What the commands print to standard output and to standard error."""
    done = subprocess.run(["bash", "-uc", commands], cwd=folder, capture_output=True, text=True, timeout=90)
    return done.stdout, done.stderr


curl_knows_json = pytest.mark.skipif(
    shutil.which("curl") is None
    or "--json" not in subprocess.run(["curl", "--help", "all"], capture_output=True, text=True).stdout,
    reason="the tutorial's commands need curl 7.82",
)


@curl_knows_json
def test_tutorial_commands_repeatedly_answer_as_documented(stage: Stage, folder: Path) -> None:
    commands = _commands(stage)
    documented = re.findall(r"^post +# (\d+)$", commands, re.MULTILINE)
    assert documented == ["201", "401", "201"]
    for _ in range(2):
        output, errors = _run(commands, folder)
        assert errors == ""
        assert re.findall(r"^HTTP/1.1 (\d+)", output, re.MULTILINE) == documented
        assert '"visibility":"public"' in output
        assert '"enabled":true' in output


@curl_knows_json
def test_a_command_that_is_refused_prints_the_answer(stage: Stage, folder: Path) -> None:
    taken = re.sub(r"ann-'\$RANDOM\$RANDOM'@\S+?\.example", stage.open_company().login, _commands(stage))
    output, errors = _run(taken[: taken.index("sign_in()")], folder)
    assert output == ""
    assert "login_taken" in errors
    assert "Traceback" not in errors
