"""Who signs in to a local stack's dashboards: one admin, made on the first start; only the password's hash is kept."""

import os
import secrets
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct, ValidationError, convert

from acuse.local.errors import StackError
from dashboards.access.passwords import MalformedHash, hashed, parsed
from dashboards.access.people import Role

FILE: Final = "admin.toml"
NAME: Final = "admin"
ROLE: Final = Role.OPERATOR
PASSWORD_BYTES: Final = 15


class Admin(Struct, frozen=True, forbid_unknown_fields=True):
    password_hash: str


def admin_in(directory: Path, tell: Callable[[str, str], None]) -> Admin:
    """The one kept in ``directory``, or a new one, whose password ``tell`` is told this once.

    Raises ``StackError`` when the file is there but cannot be understood.
    """
    path = directory / FILE
    if path.exists():
        return _read(path)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    admin = Admin(hashed(password))
    # Told first: a start that breaks off here makes another next time, and none is kept that nobody saw.
    tell(
        f"Sign in to the dashboards as {NAME} with the password {password}",
        f"Shown this once; delete {path} for another.",
    )
    _write(path, admin)
    return admin


def _read(path: Path) -> Admin:
    try:
        admin = convert(tomllib.loads(path.read_text("utf-8")), Admin)
        parsed(admin.password_hash)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError, MalformedHash):
        raise StackError(f"{path}: it holds no password hash; delete it and a new admin is made") from None
    return admin


def _write(path: Path, admin: Admin) -> None:
    """Atomically, and readable by nobody else at any time."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f'# Made by `acuse up`: who signs in to its dashboards.\npassword_hash = "{admin.password_hash}"\n')
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
