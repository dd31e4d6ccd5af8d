"""What the local stack's webhooks and API are opened with: made on the first start, kept for the owner's eyes."""

import os
import secrets
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct, ValidationError, convert

from acuse.local.errors import StackError

FILE: Final = "credentials.toml"
SECRET_BYTES: Final = 24


class Webhook(Struct, frozen=True):
    username: str
    password: str


class Credentials(Struct, frozen=True):
    """The bearer token of the send and query API, and each provider's webhook credentials."""

    api_token: str
    webhooks: dict[str, Webhook]


def credentials_in(directory: Path, providers: Iterable[str]) -> Credentials:
    """Those kept in ``directory``, completed for ``providers`` that have none yet.

    Raises ``StackError`` when the file is there but cannot be understood.
    """
    path = directory / FILE
    kept = _read(path) if path.exists() else Credentials(_secret(), {})
    missing = [name for name in providers if name not in kept.webhooks]
    if missing or not path.exists():
        made = {name: Webhook(f"acuse-{name}", _secret()) for name in missing}
        kept = Credentials(kept.api_token, {**kept.webhooks, **made})
        _write(path, kept)
    return kept


def _secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def _read(path: Path) -> Credentials:
    try:
        return convert(tomllib.loads(path.read_text("utf-8")), Credentials)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        what = str(error) if isinstance(error, ValidationError) else "it is not TOML"
        raise StackError(f"{path}: {what}; mend it, or delete it and new credentials are made") from None


def _write(path: Path, credentials: Credentials) -> None:
    """Atomically, and readable by nobody else at any time."""
    lines = ["# Made by `acuse up`. Whoever reads this can send to your webhooks and read your messages."]
    lines += [f'api_token = "{credentials.api_token}"']
    for name, webhook in credentials.webhooks.items():
        lines += ["", f"[webhooks.{name}]", f'username = "{webhook.username}"', f'password = "{webhook.password}"']
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
