"""`init-clients`: what a platform in containers gets instead of the local set-up."""

import json
import stat
from pathlib import Path

from typer.testing import CliRunner

from services.token.__main__ import commands
from services.token.commands.init_clients import hand_out, init_clients, kept_admin_client


def test_no_password_grant_client_exists_by_default(tmp_path: Path) -> None:
    init_clients(tmp_path, kept_admin_client(tmp_path))
    made = init_clients(tmp_path)
    listed = json.loads(made.clients_file.read_text())["clients"]
    assert {client["name"] for client in listed} == {"registration", "token", "receipts", "cli"}
    assert all(client["grants"] == ["client_credentials"] for client in listed)


def test_each_service_receives_only_its_own_key(tmp_path: Path) -> None:
    made = init_clients(tmp_path / "set-up")
    hand_out(made, tmp_path)
    for name in ("registration", "receipts"):
        handed = {path.name: path for path in (tmp_path / name).iterdir()}
        assert set(handed) == {"client.pem", "grantstream_client_id"}
        assert handed["client.pem"].read_text() == made.key_file(name).read_text()
        assert handed["grantstream_client_id"].read_text() == made.client_ids[name]
    assert [path.name for path in (tmp_path / "token").iterdir()] == ["system_clients.json"]
    files = [path for name in ("registration", "token", "receipts") for path in (tmp_path / name).iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_only_show_admin_client_prints_a_secret(tmp_path: Path) -> None:
    arguments = ["init-clients", "--state-dir", str(tmp_path), "--services", str(tmp_path / "s"), "--admin-client"]
    made = CliRunner().invoke(commands, arguments)
    shown = CliRunner().invoke(commands, ["show-admin-client", "--state-dir", str(tmp_path)])
    assert made.exit_code == shown.exit_code == 0
    told = json.loads(shown.stdout)
    assert told["client_secret"] == (tmp_path / "keys" / "admin_client.secret").read_text()
    assert told["client_secret"] not in made.output
    assert "PRIVATE KEY" not in made.output + shown.output


def test_missing_admin_credentials_name_the_option_to_use(tmp_path: Path) -> None:
    shown = CliRunner().invoke(commands, ["show-admin-client", "--state-dir", str(tmp_path)])
    assert shown.exit_code == 1
    assert "--admin-client" in shown.output
