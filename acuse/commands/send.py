# ruff: noqa: PLC0415 - the parts are imported when run, so that --help is quick
"""`acuse send`: one message, or those of a file, through a running ingest."""

import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from acuse.beginning import begin_task
from acuse.commands.options import Config, SendingData, Url
from acuse.errors import Refusal

if TYPE_CHECKING:
    from acuse.sending.address import IngestAddress
    from ingest.orders import Orders

Text = Annotated[str | None, typer.Option(help="What to say.")]


def send(
    to: Annotated[str | None, typer.Option(help="The number in E.164, +34600000000; by e-mail, the address.")] = None,
    channel: Annotated[str | None, typer.Option(help="sms, voice, viber, whatsapp or email.")] = None,
    provider: Annotated[str | None, typer.Option(help="Through whom.")] = None,
    plan: Annotated[
        str | None, typer.Option(help="By which plan, instead of channel and provider: `acuse plan list` has them.")
    ] = None,
    text: Text = None,
    sender: Annotated[str | None, typer.Option(help="Whom the recipient sees as its sender.")] = None,
    send_at: Annotated[str | None, typer.Option(help="When: 2026-03-01T12:00:00+01:00.")] = None,
    ttl: Annotated[str | None, typer.Option(help="Seconds for which the provider may try.")] = None,
    reference: Annotated[str | None, typer.Option(help="A reference of your own.")] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Any other field: template.name, options.flash and so on."),
    ] = None,
    batch: Annotated[
        Path | None, typer.Option(help="A .csv whose columns are fields, or a .jsonl of messages, to send them all.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and tell; send nothing.")] = False,
    key: Annotated[
        str | None,
        typer.Option(help="A word for what is sent: the same again is sent once. A batch has one of its content."),
    ] = None,
    ids: Annotated[Path | None, typer.Option(help="Where to write each line's message_id of a batch.")] = None,
    url: Url = None,
    data: SendingData = None,
    config: Config = None,
) -> None:
    """Send a message, or all messages of a file, through a running ingest.

    Tells first how many SMS a text takes, and which characters forced Unicode on it; prints the message's id when
    ingest has accepted it. Of a file every row is checked before any is sent, and the same file sends nothing twice,
    unless it comes with another --key.

    Example: `acuse send --to +34600000000 --channel sms --provider messente --text Hola --data data`
    """
    from acuse.configs import plan_book
    from acuse.sending.address import ingest_address
    from acuse.sending.fields import assignments
    from ingest.orders import Orders
    from ingest.providers import PROVIDERS

    settings = begin_task(config)
    named = {
        "to": to,
        "channel": channel,
        "provider": provider,
        "plan": plan,
        "text": text,
        "sender": sender,
        "send_at": send_at,
        "ttl": ttl,
        "reference": reference,
    }
    said = {**{name: value for name, value in named.items() if value is not None}, **assignments(fields or [])}
    orders = Orders({name: kind() for name, kind in PROVIDERS.items()}, plan_book(settings))
    address = None if dry_run else ingest_address(settings, data, url)
    if batch is None:
        _send_one(said, orders, address, key)
    else:
        _send_file(batch, said, orders, address, key or "", ids)


def _send_one(said: dict[str, str], orders: "Orders", address: "IngestAddress | None", key: str | None) -> None:
    import msgspec

    from acuse.sending.client import SendClient
    from acuse.sending.fields import from_texts
    from acuse.sending.telling import told
    from ingest.invalid import InvalidField

    console = Console(stderr=True)
    try:
        body = msgspec.json.encode(from_texts(said))
        asked = orders.read(body, datetime.now(UTC))
    except InvalidField as error:
        where = "; --config names the settings that have it" if error.field == "plan" else ""
        raise Refusal(f"{error if error.field else error.remedy}{where}") from None
    for line in told(asked.segments):
        console.print(escape(line), highlight=False, soft_wrap=True)
    if address is None:
        console.print("Nothing was sent.", highlight=False)
        return
    with SendClient(address) as client:
        sys.stdout.write(client.send(body, key or str(uuid.uuid4()))["message_id"] + "\n")


def _send_file(
    path: Path,
    common: dict[str, str],
    orders: "Orders",
    address: "IngestAddress | None",
    word: str,
    ids: Path | None,
) -> None:
    from acuse.sending.batch import checked, send_all
    from acuse.sending.client import SendClient

    console = Console(stderr=True)
    for line in checked(path, common, orders, console).described():
        console.print(escape(line), highlight=False, soft_wrap=True)
    if address is None:
        console.print("Nothing was sent.", highlight=False)
        return
    with SendClient(address) as client:
        if ids is None:
            accepted = send_all(path, common, client, word, None, console)
        else:
            with ids.open("w", encoding="utf-8") as file:
                accepted = send_all(path, common, client, word, file, console)
    sys.stdout.write(f"{accepted} messages accepted\n")
    console.print("Sent again, this file sends nothing twice; with another --key it does.", highlight=False)
