"""Whether one provider account may be called at present. Pure: time, in seconds of any clock, is an argument."""

from enum import Enum

from ingest.dispatch.config import BreakerConfig


class State(Enum):
    """The values are the metric's."""

    CLOSED = 0
    PROBING = 1
    """One call may go and shows how things are."""
    OPEN = 2
    """Calls fail: the account is left alone for a while."""
    PAUSED = 3
    """The provider does not take our credentials."""


class Breaker:
    """Begins with a probe: a process that is restarted again and again must not hammer an account that is paused."""

    def __init__(self, config: BreakerConfig) -> None:
        self._config = config
        self._state = State.PROBING
        self._probe_out = False
        self._until = 0.0
        self._failures = 0
        self._openings = 0
        self._pauses = 0

    def state(self, now: float) -> State:
        if self._state in (State.OPEN, State.PAUSED) and now >= self._until:
            return State.PROBING
        return self._state

    def wait_seconds(self, now: float) -> float | None:
        """0 where a call may go; else how long to wait, None for as long as the probe is out."""
        match self.state(now):
            case State.CLOSED:
                return max(self._until - now, 0.0)
            case State.PROBING:
                return None if self._probe_out else max(self._until - now, 0.0)
            case _:
                return self._until - now

    def admit(self, now: float) -> None:
        """A call goes; to be said only when the wait is 0, and followed by one of those below."""
        if self.state(now) is State.PROBING:
            self._state = State.PROBING
            self._probe_out = True

    def answered(self, now: float) -> None:
        """The provider answered as it should, whatever it said of the message."""
        self._probe_out = False
        if self.state(now) is State.PAUSED:
            return  # it was under way when another one was refused
        self._state = State.CLOSED
        self._failures = self._openings = self._pauses = 0

    def put_off(self, now: float, seconds: float) -> None:
        """The provider is well, but wants to be asked again only after so long."""
        self._probe_out = False
        if self.state(now) in (State.OPEN, State.PAUSED):
            return
        self._state = State.CLOSED
        self._failures = 0
        self._until = max(self._until, now + seconds)

    def failed(self, now: float) -> None:
        """No answer, or one that says that the provider is not well."""
        self._probe_out = False
        if self.state(now) in (State.OPEN, State.PAUSED):
            return
        config = self._config
        self._failures += 1
        if self._failures >= config.failures or self._openings or self._pauses:
            self._state = State.OPEN
            self._until = now + min(config.open_seconds * 2**self._openings, config.open_limit_seconds)
            self._openings += 1

    def unauthorised(self, now: float) -> None:
        """The provider does not take our credentials. What was under way beside it says the same, and counts once."""
        self._probe_out = False
        if self.state(now) is State.PAUSED:
            return
        config = self._config
        self._state = State.PAUSED
        self._until = now + min(config.pause_seconds * 2**self._pauses, config.pause_limit_seconds)
        self._pauses += 1

    def withdrawn(self) -> None:
        """A call that was admitted did not go."""
        self._probe_out = False
