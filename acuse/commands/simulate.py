# ruff: noqa: PLC0415 - a command imports its own parts when run, so that --help is quick
"""`acuse simulate`: the providers, simulated, for tests and for trying things out."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from acuse.simulator.world import World
    from acuse.simulator.world_file import WorldFile

DEFAULT_PORT: Final = 8100
ORDINARY_WORLD: Final = Path(__file__).parent.parent / "simulator" / "ordinary_world.toml"
DEFAULT_ACUSE: Final = "http://127.0.0.1:8090"


def simulate(
    port: Annotated[int, typer.Option(min=0, max=65535, help="To listen on; 0 takes a free one.")] = DEFAULT_PORT,
    seed: Annotated[int | None, typer.Option(help="Another one is another story; the world's own unless told.")] = None,
    world: Annotated[
        Path | None, typer.Option(help="The world file, in TOML or JSON; without it an ordinary world.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.001, help="How many times faster than real messages are delivered.")
    ] = None,
    acuse: Annotated[str, typer.Option(help="Where ingest is: callbacks go to its webhooks.")] = DEFAULT_ACUSE,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    settings: Annotated[
        bool, typer.Option("--settings/--no-settings", help="Whether to print what acuse.toml must have.")
    ] = True,
    show_world: Annotated[
        bool, typer.Option("--show-world", help="Print an ordinary world file with every key, and end.")
    ] = False,
) -> None:
    """Play the providers over HTTP, until Ctrl-C: nothing leaves this machine, and nobody is charged.

    Prints, as TOML to be put into acuse.toml, where each one is and what it must be shown. Messages fare as the world
    says, the same way for the same seed; numbers that end in 9900 to 9951 fare as their ending says. What was taken is
    told under /_simulator/messages.

    Example: `acuse simulate --port 8100 --seed 7 --speed 60`
    """
    if show_world:
        sys.stdout.write(ORDINARY_WORLD.read_text(encoding="utf-8"))
        return
    from acuse.leashed import end_with_supervisor
    from acuse.listening import listen
    from acuse.serving import run_until_stopped
    from acuse.simulator.clock import system_clock
    from acuse.simulator.world import World
    from acuse.simulator.world_file import WorldFile, load_world
    from ingest.server import spare_the_collector

    end_with_supervisor()
    file = load_world(world) if world else WorldFile()
    if speed is not None:
        file = file.model_copy(update={"speed": speed})
    if port == 0:
        with listen(host, 0) as listening:
            port = listening.getsockname()[1]
    made = World(_calling(file, acuse), system_clock, seed=seed)
    spare_the_collector()
    run_until_stopped(_serve(made, host, port, tell=settings))


async def _serve(world: "World", host: str, port: int, *, tell: bool) -> None:
    from acuse.serving import serve, stop_signal
    from acuse.simulator.app import create_app
    from acuse.simulator.server import server_config

    stop = await stop_signal()
    serving = asyncio.create_task(serve(server_config(create_app(world), host=host, port=port), stop))
    if tell:
        sys.stdout.write(settings_for(world, f"http://{host}:{port}"))
        sys.stdout.flush()
    await serving


def settings_for(world: "World", url: str) -> str:
    """What acuse.toml needs to know of simulators at ``url``; the rest is comments."""
    from acuse.simulator.app import SIMULATORS

    lines = [
        f"# Simulated providers at {url}, seed {world.seed}, {world.speed:g} times as fast as real ones.",
        f"# What they took: {url}/_simulator/messages and …/state, …/requests; the world: {url}/_simulator/world",
        "# Put this into acuse.toml:",
    ]
    for name in SIMULATORS:
        account = world.account(name)
        told = {"base_url": f"{url}/{name}", **account.credentials}
        if account.callback_url:
            told["callback_url"] = account.callback_url
            told["callback_username"] = account.callback_username
            told["callback_password"] = account.callback_password
        lines += ["", f"[providers.{name}]", *(f"{key} = {_quoted(value)}" for key, value in told.items())]
    return "\n".join(lines) + "\n"


def _calling(file: "WorldFile", acuse: str) -> "WorldFile":
    """The world with callbacks to Acuse's webhooks, where it does not say otherwise."""
    from acuse.simulator.accounts import SILENT
    from acuse.simulator.app import SIMULATORS
    from acuse.simulator.world_file import ProviderWorld

    providers = dict(file.providers)
    for name in SIMULATORS:
        own = providers.get(name, ProviderWorld())
        if name not in SILENT and not own.callback_url:
            webhook = f"{acuse.rstrip('/')}/webhooks/{name}"
            providers[name] = own.model_copy(update={"callback_url": webhook})
    return file.model_copy(update={"providers": providers})


def _quoted(text: str) -> str:
    """A TOML basic string."""
    import msgspec

    return msgspec.json.encode(text).decode()
