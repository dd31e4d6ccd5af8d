"""With small real processes: what they do is written as Python on their command line."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from acuse.local.child import ChildSpec
from acuse.local.errors import StackError
from acuse.local.processes import ProcessRecord, is_running, start_mark
from acuse.local.supervisor import HOPELESS_EXIT, RestartPolicy, Supervisor, end_stale, read_records

QUICK = RestartPolicy(first_pause_seconds=0.01, longest_pause_seconds=0.02, deaths=3, window_seconds=60)
SLEEPS = "open(READY, 'w').close(); time.sleep(600)"
DEADLINE_SECONDS = 120


@dataclass
class Group:
    """Supervised processes, each ready once it has made its file, and what was told about them."""

    directory: Path
    specs: dict[str, ChildSpec] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    hopeless: Callable[[], str | None] = lambda: None
    supervisor: Supervisor | None = None

    def add(self, name: str, code: str = SLEEPS, *, needs: tuple[str, ...] = (), **seconds: float) -> None:
        ready = self.directory / f"{name}.ready"

        async def trouble() -> str | None:
            return None if ready.exists() else "no file yet"

        head = f"import os, signal, sys, time; READY = {str(ready)!r}; ENDED = {str(self.directory / 'ended')!r}\n"
        self.specs[name] = ChildSpec(
            name=name,
            command=[sys.executable, "-I", "-c", head + code],
            environment=dict(os.environ),
            log=self.directory / f"{name}.log",
            trouble=trouble,
            needs=needs,
            **{"stop_seconds": 60, "ready_seconds": 120, **seconds},
        )

    def start(self) -> Supervisor:
        self.supervisor = Supervisor(
            list(self.specs.values()),
            stop_order=[[name] for name in self.specs],
            records=self.directory / "children.json",
            tell=lambda sentence, details: self.told.append(f"{sentence}\n{details}"),
            hopeless=self.hopeless,
            policy=QUICK,
        )
        self.supervisor.start(*self.specs)
        return self.supervisor

    def running(self) -> dict[str, ProcessRecord]:
        return {record.name: record for record in read_records(self.directory / "children.json")}

    async def until_ready(self) -> None:
        assert self.supervisor is not None
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self.supervisor.until_ready(*self.specs)

    async def failure(self) -> StackError:
        assert self.supervisor is not None
        with pytest.raises(StackError) as raised:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await self.supervisor.until_failed()
        return raised.value


@pytest.fixture
async def group(tmp_path: Path) -> AsyncIterator[Group]:
    group = Group(tmp_path)
    yield group
    if group.supervisor is not None:
        await group.supervisor.stop()


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(0.02)


async def test_who_needs_another_is_started_when_that_one_is_ready(group: Group) -> None:
    group.add("first", "time.sleep(0.3); open(READY, 'w').close(); time.sleep(600)")
    group.add("second", f"assert os.path.exists({str(group.directory / 'first.ready')!r}); {SLEEPS}", needs=("first",))
    group.start()
    await group.until_ready()
    assert set(group.running()) == {"first", "second"}
    assert not group.told


async def test_who_dies_is_told_of_with_its_last_words_and_started_again(group: Group) -> None:
    group.add("one", f"print('about to run', flush=True); {SLEEPS}")
    group.start()
    await group.until_ready()
    first = group.running()["one"]
    os.kill(first.pid, signal.SIGKILL)
    await eventually(lambda: group.running().get("one", first) != first)
    assert "one was ended by signal 9; it is started again" in group.told[0]
    assert "about to run" in group.told[0]


async def test_after_repeated_deaths_it_gives_up_with_the_reason_and_the_last_lines(group: Group) -> None:
    group.add("one", "sys.exit('the reason it cannot run')")
    group.start()
    error = await group.failure()
    assert "one ended with 1, its death number 4 in 60 s" in str(error)
    assert "the reason it cannot run" in error.details
    assert len(group.told) == QUICK.deaths


async def test_it_gives_up_at_once_when_another_start_cannot_help(group: Group) -> None:
    group.add("one", f"print('[kafka] bootstrap_servers is wrong', flush=True); sys.exit({HOPELESS_EXIT})")
    group.start()
    error = await group.failure()
    assert "one cannot run" in str(error)
    assert "bootstrap_servers is wrong" in error.details
    assert not group.told


async def test_it_gives_up_at_once_on_a_full_disk(group: Group) -> None:
    group.add("one", "sys.exit(1)")
    group.hopeless = lambda: "the disk is full"
    group.start()
    assert str(await group.failure()) == "the disk is full"


async def test_who_never_gets_ready_is_not_waited_for_for_ever(group: Group) -> None:
    group.add("one", "time.sleep(600)", ready_seconds=0.3)
    group.start()
    assert "one is not ready after 0 s: no file yet" in str(await group.failure())


async def test_deaths_for_want_of_another_do_not_count(group: Group) -> None:
    group.add("base")
    group.add("dependent", needs=("base",))
    group.start()
    await group.until_ready()
    for _ in range(QUICK.deaths + 2):
        before = group.running()
        (group.directory / "base.ready").unlink()
        os.kill(before["base"].pid, signal.SIGKILL)
        os.kill(before["dependent"].pid, signal.SIGKILL)
        # The base's death clears what is counted, whichever is noticed first.
        await eventually(
            lambda before=before: all(name in (now := group.running()) and now[name] != before[name] for name in before)
        )
        await group.until_ready()
        group.supervisor._kept["base"].deaths.clear()  # the base's own are not what this is about


async def test_they_stop_in_order_and_by_force_if_need_be(group: Group) -> None:
    notes = "signal.signal(signal.SIGTERM, lambda *_: (print(NAME, file=open(ENDED, 'a')), sys.exit(0)));"
    group.add("first", f"NAME = 'first'; {notes} {SLEEPS}")
    group.add("second", f"NAME = 'second'; {notes} {SLEEPS}")
    group.add("deaf", f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPS}", stop_seconds=1)
    supervisor = group.start()
    await group.until_ready()
    records = list(group.running().values())
    await supervisor.stop()
    assert (group.directory / "ended").read_text().split() == ["first", "second"]
    assert not any(is_running(record) for record in records)
    assert not (group.directory / "children.json").exists()


SUPERVISES = """
import asyncio, os, sys
from pathlib import Path
from acuse.local.child import ChildSpec
from acuse.local.supervisor import Supervisor

async def ready():
    return None

async def main():
    directory = Path(sys.argv[1])
    spec = ChildSpec(name="one", command=[sys.executable, "-I", "-c", "import time; time.sleep(600)"],
                     environment=dict(os.environ), log=directory / "one.log", trouble=ready)
    supervisor = Supervisor([spec], stop_order=[["one"]], records=directory / "children.json", tell=print)
    supervisor.start("one")
    await supervisor.until_ready("one")
    print("ready", flush=True)
    await supervisor.until_failed()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process can be bound to its parent's life")
async def test_a_killed_supervisor_leaves_no_orphan(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SUPERVISES, str(tmp_path)]
    supervisor = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: ASYNC220 - a moment
    assert supervisor.stdout is not None
    with supervisor.stdout:
        assert await asyncio.to_thread(supervisor.stdout.readline) == b"ready\n"
        (child,) = read_records(tmp_path / "children.json")
        assert is_running(child)
        supervisor.kill()
        supervisor.wait()
    await eventually(lambda: not is_running(child))


async def test_what_a_killed_supervisor_left_is_found_and_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-c", "import time; time.sleep(600)"]
    left = subprocess.Popen(command)  # noqa: ASYNC220 - a moment
    waiting = asyncio.create_task(asyncio.to_thread(left.wait))  # as init would
    record = ProcessRecord("left", left.pid, start_mark(left.pid) or "")
    reused = ProcessRecord("reused", os.getpid(), "another start")
    (tmp_path / "children.json").write_bytes(msgspec.json.encode([record, reused]))
    assert await asyncio.to_thread(end_stale, tmp_path / "children.json") == [record]
    assert await waiting == -signal.SIGTERM


def test_records_that_were_cut_short_name_nobody(tmp_path: Path) -> None:
    (tmp_path / "children.json").write_text('[{"name": "x"')
    assert end_stale(tmp_path / "children.json") == []
