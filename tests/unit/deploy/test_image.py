"""deploy/Dockerfile: one image, little in it, nobody's rights but its own."""

import re

from tests.unit.deploy.compose_file import ONE_SHOT, ROOT, SERVICES

LINES = re.sub(r"\\\n\s*", "", (ROOT / "deploy/Dockerfile").read_text()).splitlines()


def instructions(word: str) -> list[str]:
    """What stands behind each instruction of that name, in order."""
    return [line.removeprefix(word).strip() for line in LINES if line.startswith(f"{word} ")]


def test_the_image_runs_as_a_numeric_non_root_user() -> None:
    """An orchestrator can tell only a number from root."""
    [user] = instructions("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)


def test_both_stages_use_slim_python_and_end_unprivileged() -> None:
    assert instructions("FROM") == ["${PYTHON_IMAGE} AS build", "${PYTHON_IMAGE}"]
    assert re.fullmatch(r"PYTHON_IMAGE=python:3\.\d+-slim", instructions("ARG")[0])
    assert not [line for line in LINES[LINES.index(f"USER {instructions('USER')[0]}") :] if line.startswith("RUN")]


def test_packages_are_hash_checked_prebuilt_wheels() -> None:
    [install] = [line for line in instructions("RUN") if "pip install" in line]
    assert "--require-hashes" in install
    assert "--only-binary=:all:" in install
    assert "http" not in install


def test_the_last_stage_drops_pip_and_compiles_the_stdlib() -> None:
    last = LINES[LINES.index("FROM ${PYTHON_IMAGE}") :]
    [made] = [line for line in last if "compileall" in line]
    assert made.startswith("RUN python -m pip uninstall")
    assert "os.__file__" in made


def test_the_image_contains_only_the_product() -> None:
    copied = [line.split()[0] for line in instructions("COPY") if not line.startswith("--from=")]
    assert copied == ["requirements/run.txt", "libs", "services", "LICENSE"]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert [line[1:] for line in ignored if line.startswith("!")] == [
        "LICENSE",
        "requirements/run.txt",
        "libs",
        "services",
    ]


def test_entrypoint_and_command_run_without_a_shell() -> None:
    assert instructions("ENTRYPOINT") == ['["python", "-m"]']
    assert all(line.startswith("[") for line in instructions("CMD"))


def test_its_health_is_asked_in_compose_as_in_the_image() -> None:
    [health] = [line for line in LINES if line.startswith("HEALTHCHECK")]
    assert '"grantstream.service.probe"' in health
    for name in ("token-http", "token-worker"):
        assert name not in ONE_SHOT
        assert SERVICES[name]["healthcheck"]["test"][-1] == "grantstream.service.probe"


def test_volume_mount_points_belong_to_the_user() -> None:
    [made] = [line for line in instructions("RUN") if line.startswith("install")]
    owner = instructions("USER")[0].split(":")
    assert f"-o {owner[0]} -g {owner[1]}" in made
    targets = {volume.split(":")[1] for volume in SERVICES["setup"]["volumes"]}
    assert targets <= set(made.split())
