"""Errors of the embedded platform.

PlatformError
|- PortTaken
`- StartFailed

Each message is one clear text for a person at a terminal: what is wrong and what to do. None carries a secret.
"""


class PlatformError(Exception):
    """The platform can't do what was asked; the message says why and what would help."""


class PortTaken(PlatformError):
    """Another program listens on a port the platform needs."""


class StartFailed(PlatformError):
    """A process ended or stayed silent while it was awaited; the message ends with its last log lines."""
