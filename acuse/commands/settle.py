# ruff: noqa: PLC0415 - the parts are imported when run, so that --help is quick
"""`acuse settle`: tell what became of a step that was in doubt."""

import sys
from typing import Annotated

import typer

from acuse.beginning import begin_task
from acuse.commands.options import Config, SendingData, Url
from acuse.errors import Refusal


def settle(
    message_id: Annotated[str, typer.Argument(help="The message.")],
    finding: Annotated[str, typer.Argument(help="sent or not_sent: whether the provider had taken it.")],
    step: Annotated[int, typer.Option(min=1, max=999, help="Which step of the message.")] = 1,
    ref: Annotated[str | None, typer.Option(help="The provider's own id, where it was sent.")] = None,
    resend: Annotated[bool, typer.Option("--resend", help="Send again what was not sent.")] = False,
    tries: Annotated[int, typer.Option(min=0, max=999, help="How often it had been sent again before.")] = 0,
    url: Url = None,
    data: SendingData = None,
    config: Config = None,
) -> None:
    """Tell what became of a message that nobody could tell of: its provider had taken it, or not.

    Look it up at the provider first. What was not sent counts as refused, unless it is to be sent again.

    Example: `acuse settle 018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c not_sent --resend --data data`
    """
    import msgspec

    from acuse.sending.address import ingest_address
    from acuse.sending.client import SendClient
    from ingest.fields import message_id_of
    from ingest.invalid import InvalidField
    from ingest.messages import SettleBody, check_settlement
    from ingest.shapes import plain, shaped

    settings = begin_task(config)
    said = {"step": step, "finding": finding, "ref": ref, "resend": resend, "tries": tries}
    try:
        body = shaped(said, SettleBody)
        check_settlement(body)
        known = message_id_of(message_id)
    except InvalidField as error:
        raise Refusal(str(error)) from None
    with SendClient(ingest_address(settings, data, url)) as client:
        client.settle(known, msgspec.json.encode(plain(body)))
    sys.stdout.write(f"{known} step {step}: {finding}\n")
