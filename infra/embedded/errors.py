"""What can go wrong for someone who needs the servers."""


class EmbeddedServerError(RuntimeError):
    """The servers are not to be had: one line to act on, then the tail of the server's log if there is one."""
