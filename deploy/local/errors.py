"""Errors of the embedded platform.

PlatformError
|- PortTaken
`- StartFailed

Each message is one text for a person at a terminal: what is wrong and what to do. None contains a secret.
"""


class PlatformError(Exception):
    """The platform can't do what was asked; the message says why and what to do."""


class PortTaken(PlatformError):
    """Another program listens on a port the platform needs."""


class StartFailed(PlatformError):
    """A process ended or did not get ready in time; the message ends with its last log lines."""
