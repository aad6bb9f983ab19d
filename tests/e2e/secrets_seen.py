"""Every secret that the tests came to know, so that the logs can be searched for them at the end."""

import re
from pathlib import Path
from typing import Any

_NAMES = frozenset({"password", "client_secret", "refresh_token", "client_assertion"})
_SHORTEST = 12
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+")


class SecretsSeen:
    """Passwords, client secrets and refresh tokens. Access tokens are not kept: no JWT at all belongs in a log."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def add(self, value: str) -> str:
        """Remembers a secret; gives it back. One too short would be found by chance, so it is left out."""
        if len(value) >= _SHORTEST:
            self._values.add(value)
        return value

    def learn(self, content: Any) -> None:
        """Remembers the secrets in a JSON answer, or in what is about to be sent."""
        if isinstance(content, list):
            for inner in content:
                self.learn(inner)
        if not isinstance(content, dict):
            return
        for name, inner in content.items():
            if name in _NAMES and isinstance(inner, str):
                self.add(inner)
            elif name == "value" and isinstance(inner, str) and "id" in content:
                self.add(inner)  # a client secret, in the one answer that shows it
            else:
                self.learn(inner)

    def __len__(self) -> int:
        return len(self._values)

    def found_in(self, text: str) -> list[str]:
        """What a text gives away: the first characters of each secret in it, never the whole."""
        leaked = [f"{value[:4]}..." for value in self._values if value in text]
        return leaked + [f"a JWT, {jwt[:12]}..." for jwt in _JWT.findall(text)]

    def found_in_files(self, folder: Path) -> dict[str, list[str]]:
        """The same for every file below a folder, by its name; files that give nothing away are left out."""
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        told = {path.name: self.found_in(path.read_text(errors="replace")) for path in files}
        return {name: leaked for name, leaked in told.items() if leaked}
