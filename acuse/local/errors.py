"""Why the local stack does not start, or stops."""

from acuse.errors import Refusal


class StackError(Refusal):
    """One line for who started the stack. ``details`` are a child's last log lines."""
