"""The error of a command that can't do its work."""


class CommandFailed(Exception):
    """Ends the command with status 1 and this message: one or two sentences, nothing secret."""
