"""The account's files: CargarFichero, ListarFicheros, BorrarFichero."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from acuse.simulator.clock import Clock
from acuse.simulator.mensatek.clocks import written
from acuse.simulator.mensatek.parameters import Parameters, Upload
from acuse.simulator.mensatek.results import Failed, wrong

MOST_FILES: Final = 50
MOST_BYTES: Final = 5_000_000
KINDS: Final = frozenset({"pdf", "xls", "xlsx", "doc", "docx", "vcf"})
_NAME: Final = re.compile(r"[A-Za-z0-9]{1,15}\.([A-Za-z0-9]{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    kind: str
    size: int
    at: str


class Library:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files: dict[str, _File] = {}

    def add(self, parameters: Parameters, options: Mapping[str, str | int | float | bool]) -> dict[str, Any]:
        """`CargarFichero`. Raises ``Failed``."""
        if options.get("trial"):
            raise Failed(-18)
        upload = self._uploaded(parameters)
        named = _NAME.fullmatch(upload.name)
        if named is None:
            raise wrong("Nombre debe tener extensión y 15 letras o números como máximo")
        if named[1].lower() not in KINDS:
            raise Failed(-11)
        if len(upload.content) > int(options.get("most_file_bytes", MOST_BYTES)):
            raise Failed(-16)
        if upload.name not in self._files and len(self._files) >= int(options.get("most_files", MOST_FILES)):
            raise Failed(-10)
        self._files[upload.name] = _File(upload.name, named[1], len(upload.content), written(self._clock()))
        return {"Res": 1, "Nombre": upload.name}

    def all(self) -> dict[str, Any]:
        """`ListarFicheros`."""
        rows = [{"Fecha": file.at, "Nombre": file.name, "Ext": file.kind} for file in self._files.values()]
        return {"Res": 1, "Ficheros": rows}

    def remove(self, parameters: Parameters) -> dict[str, Any]:
        """`BorrarFichero`. Raises ``Failed``."""
        if not parameters.has("nombre"):
            raise wrong("Falta el parámetro obligatorio Nombre")
        if self._files.pop(parameters.text("nombre"), None) is None:
            raise Failed(-2)
        return {"Res": 1}

    @staticmethod
    def _uploaded(parameters: Parameters) -> Upload:
        kind = parameters.text("tipo").upper()
        if kind == "FILES":
            if not parameters.uploads or not parameters.uploads[0].content:
                raise Failed(-13)
            upload = parameters.uploads[0]
            return Upload(parameters.text("nombre") or upload.name, upload.content)
        if kind != "BASE64":
            raise Failed(-15)
        if not parameters.has("contenido"):
            raise Failed(-12)
        if not parameters.has("nombre"):
            raise wrong("Falta el parámetro obligatorio Nombre")
        try:
            content = base64.b64decode(parameters.text("contenido"), validate=True)
        except binascii.Error:
            raise Failed(-17) from None
        return Upload(parameters.text("nombre"), content)
