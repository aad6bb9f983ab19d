"""Authenticates a program outside the platform at the token endpoint: with its client secret."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A client's secret, sent in the request's body (RFC 6749, section 2.3.1). It never shows in `repr`."""

    value: str = field(repr=False)

    def form(self) -> dict[str, str]:
        """The form fields that authenticate a token request."""
        return {"client_secret": self.value}
