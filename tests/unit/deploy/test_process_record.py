"""Records of processes: the recorded one is found again, a stranger with its pid is not."""

import os
from dataclasses import replace
from pathlib import Path

import psutil

from deploy.local.process_record import ProcessRecord, read_records


def _record_of_this_process() -> ProcessRecord:
    started_at = psutil.Process().create_time()
    return ProcessRecord("tests", os.getpid(), started_at, "digest", layer=1, stop_signal=15, grace_seconds=1)


def test_a_live_process_is_found_by_its_pid_and_start_time() -> None:
    leader = _record_of_this_process().leader()
    assert leader is not None
    assert leader.pid == os.getpid()


def test_a_process_with_a_reused_pid_is_not_recognised() -> None:
    earlier = replace(_record_of_this_process(), started_at=psutil.Process().create_time() - 3600)
    assert earlier.leader() is None
    assert earlier.members() == []


def test_a_written_record_is_read_back_the_same(tmp_path: Path) -> None:
    record = _record_of_this_process()
    record.write(tmp_path)
    assert read_records(tmp_path) == [record]
    record.forget(tmp_path)
    assert read_records(tmp_path) == []


def test_process_records_are_read_highest_layer_first(tmp_path: Path) -> None:
    for layer, name in enumerate(("postgres", "kafka", "token-http", "proxy")):
        replace(_record_of_this_process(), name=name, layer=layer).write(tmp_path)
    assert [record.name for record in read_records(tmp_path)] == ["proxy", "token-http", "kafka", "postgres"]


def test_a_broken_record_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"name": "bro')
    assert read_records(tmp_path) == []
    assert not list(tmp_path.iterdir())
