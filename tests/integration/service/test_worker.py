import time

from tests.integration.service.conftest import StartTiny, wait_until


def test_a_worker_tells_its_health_and_metrics(start_tiny: StartTiny) -> None:
    tiny = start_tiny("worker")
    told = tiny.get("/health/ready").json()
    assert (told["service"], told["role"], told["pid"]) == ("tiny", "worker", tiny.process.pid)
    assert "python_info" in tiny.get("/metrics").text
    assert tiny.get("/nowhere").status_code == 404
    assert tiny.get("/words.json").json() == ["tiny"]


def test_a_stopping_worker_ends_jobs_before_closing_parts(start_tiny: StartTiny) -> None:
    tiny = start_tiny("worker")
    began = time.monotonic()
    tiny.process.terminate()
    assert tiny.wait() == 0
    assert time.monotonic() - began < 3
    assert [note.rpartition(" ")[0] for note in tiny.notes()] == ["job ended", "parts closed"]


def test_a_job_that_fails_ends_the_process_with_a_reason(start_tiny: StartTiny) -> None:
    tiny = start_tiny("worker", ready=False, job="fails")
    assert tiny.wait() == 1
    assert "tiny job died" in tiny.told()
    assert "the job failed" in tiny.told()
    assert [note.rpartition(" ")[0] for note in tiny.notes()] == ["parts closed"]


def test_a_job_that_just_returns_ends_the_process_too(start_tiny: StartTiny) -> None:
    tiny = start_tiny("worker", ready=False, job="returns")
    assert tiny.wait() == 1
    assert "tiny job died" in tiny.told()


def test_a_worker_that_cannot_start_says_why(start_tiny: StartTiny) -> None:
    tiny = start_tiny("worker", ready=False, job="cannot open")
    assert tiny.wait() == 1
    assert "nothing to work with" in tiny.told()


def test_a_stopping_worker_cuts_off_a_hanging_job(start_tiny: StartTiny) -> None:
    tiny = start_tiny("worker", job="hangs")
    began = time.monotonic()
    tiny.process.terminate()
    assert tiny.wait() == 1
    assert time.monotonic() - began < 5
    assert "stopping took too long: tiny job" in tiny.told()


def test_every_line_that_a_worker_writes_is_json(start_tiny: StartTiny) -> None:
    tiny = start_tiny("worker")
    wait_until(lambda: bool(tiny.told()) or tiny.is_ready())
    tiny.process.terminate()
    tiny.wait()
    assert all(line.startswith("{") for line in tiny.told().splitlines())
