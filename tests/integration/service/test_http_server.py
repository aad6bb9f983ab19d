import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from socket import create_connection

import httpx
import psutil
import pytest

from tests import plain_http
from tests.integration.service.conftest import StartTiny, TinyProcess, is_alive, starting_tiny, wait_until

LIMIT = 200_000


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyProcess]:
    """A server with two workers, of which tests may kill some; starting one takes seconds."""
    with starting_tiny(tmp_path_factory.mktemp("tiny")) as start:
        yield start("http", max_body_bytes=str(LIMIT), body_timeout="3")


def test_several_workers_answer_on_one_port(tiny: TinyProcess) -> None:
    wait_until(lambda: len(tiny.workers()) == 2)
    assert tiny.process.pid not in tiny.workers()


def test_a_killed_worker_is_replaced_and_the_server_stays(tiny: TinyProcess) -> None:
    wait_until(lambda: len(tiny.workers()) == 2)
    before = tiny.workers()
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: not is_alive(victim))
    wait_until(lambda: _answers(tiny) and len(tiny.workers() - before) == 1)
    assert tiny.process.poll() is None


def test_no_worker_outlives_a_killed_server(start_tiny: StartTiny) -> None:
    tiny = start_tiny("http")
    wait_until(lambda: len(tiny.workers()) == 2)
    family = psutil.Process(tiny.process.pid).children(recursive=True)
    assert tiny.workers() <= {child.pid for child in family}
    tiny.process.kill()
    tiny.process.wait()
    wait_until(lambda: not any(is_alive(child.pid) for child in family), limit=3)


def test_a_second_server_on_a_taken_port_says_so_and_exits(tiny: TinyProcess, start_tiny: StartTiny) -> None:
    for role in ("http", "worker"):
        second = start_tiny(role, ready=False, port=tiny.port)
        assert second.wait() == 1
        assert re.fullmatch(rf"127\.0\.0\.1:{tiny.port} is taken by .*GRANTSTREAM_\w+_PORT\.\n", second.told())
    assert tiny.is_ready()


def test_metrics_of_all_workers_add_up_and_survive_a_worker(tiny: TinyProcess) -> None:
    wait_until(lambda: len(tiny.workers()) == 2)
    before = _count_of_404(tiny.get("/metrics").text)
    for _ in range(40):
        tiny.get("/nowhere")
    assert _count_of_404(tiny.get("/metrics").text) == before + 40
    victim = min(tiny.workers())
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: not is_alive(victim))
    wait_until(lambda: _answers(tiny) and len(tiny.workers()) == 2)
    assert _count_of_404(tiny.get("/metrics").text) == before + 40


def test_a_new_server_starts_counting_at_zero(start_tiny: StartTiny) -> None:
    first = start_tiny("http")
    first.get("/nowhere")
    first.process.terminate()
    first.wait()
    second = start_tiny("http", port=first.port)
    assert _count_of_404(second.get("/metrics").text) == 0


def test_a_stopping_server_finishes_requests_before_closing(start_tiny: StartTiny) -> None:
    tiny = start_tiny("http", http_workers="1")
    answers: list[httpx.Response] = []
    request = threading.Thread(target=lambda: answers.append(tiny.get("/slow?seconds=1")))
    request.start()
    wait_until((tiny.state_dir / "slow-request-began").exists)
    tiny.process.terminate()
    assert tiny.wait() == 0
    request.join()
    assert answers[0].json() == "done"
    assert [note.split()[0] for note in tiny.notes()] == ["goodbye"]


def test_a_kept_connection_does_not_hold_up_the_stop(start_tiny: StartTiny) -> None:
    tiny = start_tiny("http")
    wait_until(lambda: len(tiny.workers()) == 2)
    with httpx.Client(base_url=tiny.url) as client:
        assert client.get("/health/live").status_code == 200
        began = time.monotonic()
        tiny.process.terminate()
        assert tiny.wait() == 0
    assert time.monotonic() - began < 3
    assert len(tiny.notes()) == 2


def test_a_stopping_server_cuts_off_a_hanging_request(start_tiny: StartTiny) -> None:
    tiny = start_tiny("http", http_workers="1")
    request = threading.Thread(target=lambda: _ignore_errors(lambda: tiny.get("/slow?seconds=60")))
    request.start()
    wait_until((tiny.state_dir / "slow-request-began").exists)
    began = time.monotonic()
    tiny.process.terminate()
    tiny.wait()
    assert time.monotonic() - began < 30
    request.join()


def test_a_body_without_a_told_length_is_limited_on_the_way(tiny: TinyProcess) -> None:
    def pieces(total: int) -> Iterator[bytes]:
        for _ in range(total // 1000):
            yield b"x" * 1000

    assert plain_http.post(f"{tiny.url}/count", content=pieces(LIMIT)).text == str(LIMIT)
    refused = plain_http.post(f"{tiny.url}/count", content=pieces(LIMIT + 1000))
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
    assert plain_http.post(f"{tiny.url}/count", content=b"x" * (LIMIT + 1)).status_code == 413


def test_after_a_413_the_client_opens_another_connection(tiny: TinyProcess) -> None:
    with closing(HTTPConnection("127.0.0.1", tiny.port)) as connection:
        for _ in range(20):
            connection.request("POST", "/count", b"x" * (LIMIT + 1))
            refused = connection.getresponse()
            assert (refused.status, refused.headers["Connection"]) == (413, "close")
            refused.read()
            assert connection.sock is None  # the client was told, and opens another for what follows
            connection.request("POST", "/count", b"x" * LIMIT)
            assert connection.getresponse().read() == str(LIMIT).encode()


def test_stalled_bodies_block_nobody_and_end_with_408(tiny: TinyProcess) -> None:
    with ExitStack() as stack:
        head = b"POST /count HTTP/1.1\r\nHost: tiny\r\nContent-Length: 1000\r\n\r\na"
        stalled = [stack.enter_context(closing(create_connection(("127.0.0.1", tiny.port)))) for _ in range(1200)]
        for connection in stalled:
            connection.sendall(head)
        assert tiny.get("/health/live").status_code == 200
        stalled[0].setblocking(False)
        with pytest.raises(BlockingIOError):  # none of them had to end for that
            stalled[0].recv(1)
        for connection in stalled:
            connection.settimeout(10)
            with connection.makefile("rb") as answer:
                whole = answer.read()  # until the server closes
            assert whole.startswith(b"HTTP/1.1 408 "), whole
            assert b'"code":"body_too_slow"' in whole


def test_one_connection_carries_many_requests_with_bodies(tiny: TinyProcess) -> None:
    with closing(HTTPConnection("127.0.0.1", tiny.port)) as connection:
        connection.connect()
        first = connection.sock
        for size in (0, 1, 1000, 0, LIMIT):
            connection.request("POST", "/count", b"x" * size)
            assert connection.getresponse().read() == str(size).encode()
        assert connection.sock is first


def test_a_bad_setting_ends_the_program_at_startup(start_tiny: StartTiny) -> None:
    tiny = start_tiny("http", ready=False, http_workers="none")
    assert tiny.wait() == 2
    assert tiny.told().startswith("GRANTSTREAM_HTTP_WORKERS: ")
    assert "hunter2" not in tiny.told()


def _answers(tiny: object) -> bool:
    try:
        return bool(tiny.workers())  # type: ignore[attr-defined]
    except httpx.TransportError:
        return False


def _ignore_errors(call: object) -> None:
    try:
        call()  # type: ignore[operator]
    except httpx.TransportError:
        return


def _count_of_404(metrics: str) -> int:
    found = re.findall(r'request_seconds_count{method="GET",route="unmatched",status="404"} (\d+)', metrics)
    return int(found[0]) if found else 0
