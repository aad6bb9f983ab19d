"""The platform's addresses for a program outside it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAddresses:
    """`base_url` is the platform's one base URL, and the issuer of its tokens.

    `token_url`: the token service's address; usually the base URL, or a shorter way to it.
    """

    base_url: str
    bootstrap_servers: str
    token_url: str

    @classmethod
    def of(cls, base_url: str, bootstrap_servers: str) -> Self:
        """A platform that is reached by its base URL."""
        return cls(base_url=base_url, bootstrap_servers=bootstrap_servers, token_url=base_url)

    @classmethod
    def from_file(cls, path: Path | str = ".local/platform.json") -> Self:
        """The addresses of a checkout's platform, from the file that `make up` writes.

        Raises OSError if there is no such file, and ValueError if it has another content.
        """
        described: dict[str, Any] = json.loads(Path(path).read_text())
        try:
            return cls(base_url=described["base"], bootstrap_servers=described["kafka"], token_url=described["token"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path} does not describe a platform") from error
