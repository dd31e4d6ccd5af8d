"""Ends a worker that is alive and gets nowhere; whoever supervises it starts another."""

from dataclasses import dataclass


class Stalled(RuntimeError):
    """No progress for longer than is allowed."""


@dataclass
class Watchdog:
    """``timeout`` is in seconds. Feed it ``observe`` every now and then."""

    timeout: float
    _seen: tuple[object, ...] = ()
    _since: float = 0.0

    def observe(self, now: float, *, busy: bool, progress: tuple[object, ...]) -> None:
        """``busy``: there is something to do. ``progress``: whatever changes as it gets done. ``now`` in seconds.

        Raises ``Stalled``.
        """
        if not busy or progress != self._seen:
            self._seen, self._since = progress, now
        elif now - self._since > self.timeout:
            raise Stalled(f"no progress for {now - self._since:.0f} s at {progress}")
