"""Which Java will do."""

import pytest

from deploy.local.errors import PlatformError
from deploy.local.kafka_programs import find_java, parse_major


@pytest.mark.parametrize(
    ("told", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ("command not found", None),
    ],
)
def test_the_major_version_is_read_from_what_java_says(told: str, major: int | None) -> None:
    assert parse_major(told) == major


def test_no_java_at_all_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PlatformError, match="Java 17"):
        find_java()
