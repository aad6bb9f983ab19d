"""A service's command is run to its end, however much it says."""

import subprocess
import sys
from typing import Any

import pytest

from grantstream.cli import service_command
from grantstream.cli.target import Target

TARGET = Target(base="http://base", kafka="kafka:9092", token="http://token")


def saying(code: str, monkeypatch: pytest.MonkeyPatch) -> service_command.Ran:
    def start(*_: Any, stdout: Any) -> Any:
        return subprocess.Popen([sys.executable, "-c", code], stdout=stdout, stderr=subprocess.PIPE, text=True)

    monkeypatch.setattr(service_command, "start", start)
    return service_command.run_service_command(TARGET, "token", ["rebuild"], what="Rebuilding", counted="read")


@pytest.mark.timeout(30)
def test_a_report_larger_than_a_pipe_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = saying("import json; print(json.dumps({'unexplained': ['x' * 40] * 10_000}))", monkeypatch)
    assert ran.report is not None
    assert len(ran.report["unexplained"]) == 10_000
    assert (ran.complaints, ran.status) == ("", 0)


def test_progress_is_no_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    code = """import sys; sys.stderr.write('{"read": 1, "of": 2}\\nno database\\n'); raise SystemExit(1)"""
    ran = saying(code, monkeypatch)
    assert (ran.report, ran.complaints, ran.status) == (None, "no database", 1)
