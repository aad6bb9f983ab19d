"""How a program outside the platform proves to the token endpoint who it is: the secret that it was given."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A client's secret, sent in the request's body (RFC 6749, section 2.3.1). It never shows in `repr`."""

    value: str = field(repr=False)

    def form(self) -> dict[str, str]:
        """The fields of a token request that prove it."""
        return {"client_secret": self.value}
