# ruff: noqa: PLC0415 - the parts are imported when run, so that --help is quick
"""`acuse user`: the people who sign in to the dashboards."""

import getpass
import sys
from typing import Annotated

import typer

from acuse.errors import Refusal

app = typer.Typer(no_args_is_help=True, help="The people who sign in to the dashboards, and programs that read.")


@app.command("hash")
def hash_password(
    name: Annotated[str, typer.Argument(help="The name to sign in by, in lower case.")],
    role: Annotated[str, typer.Option(help="viewer, analyst, auditor or operator.")] = "analyst",
) -> None:
    """Ask for a password, and print the settings of somebody who signs in with it.

    The password is read from the terminal without showing it, or else a line of standard input. It is kept nowhere.

    Example: `acuse user hash ana --role analyst >> acuse.toml`
    """
    from dashboards.access.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, hashed

    _check(name, role)
    password = _password()
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refusal(f"the password: use {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; a few words are good")
    sys.stdout.write(f'\n[dashboards.users."{name}"]\nrole = "{role}"\npassword_hash = "{hashed(password)}"\n')


@app.command("token")
def make_token(
    name: Annotated[str, typer.Argument(help="The program's name, in lower case.")],
    role: Annotated[str, typer.Option(help="viewer, analyst, auditor or operator.")] = "viewer",
) -> None:
    """Make a token for a program that reads the query API, and print the settings that let it in.

    The token itself is shown once, on standard error, and kept nowhere: the settings have its digest.

    Example: `acuse user token billing --role viewer >> acuse.toml`
    """
    from dashboards.access.scripts import digest_of, new_token

    _check(name, role)
    token = new_token()
    sys.stderr.write(f"{token}\n")
    sys.stdout.write(f'\n[dashboards.scripts."{name}"]\nrole = "{role}"\ntoken_sha256 = "{digest_of(token)}"\n')


def _check(name: str, role: str) -> None:
    import re

    from dashboards.access.people import NAME_PATTERN, Role

    if not re.fullmatch(NAME_PATTERN, name):
        raise Refusal("NAME: use lower-case letters, digits and . _ @ -, 64 at most")
    if role not in set(Role):
        raise Refusal(f"--role: use one of {', '.join(Role)}")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    try:
        typed = getpass.getpass("Password: ")
        again = getpass.getpass("Again: ")
    except EOFError:
        typed, again = "", ""
    if typed != again:
        raise Refusal("the two passwords differ; try again")
    return typed
