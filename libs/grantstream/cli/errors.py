"""What a command tells a person when it can't do its work."""


class CommandFailed(Exception):
    """The command ends with status 1, and this is what it says: one or two sentences, nothing secret."""
