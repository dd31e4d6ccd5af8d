"""The platform's errors."""

from typing import Any, Final

import msgspec
from starlette.responses import Response

UNKNOWN_FIELD: Final = 100
DATABASE: Final = 101
NO_RECIPIENTS: Final = 102
NOT_KNOWN: Final = 103
NO_TEXT: Final = 104
TOO_LONG: Final = 105
NO_SENDER: Final = 106
LONG_SENDER: Final = 107
BAD_DATE: Final = 108
BAD_URL: Final = 109
TOO_MANY_PARTS: Final = 110
NO_CREDIT: Final = 111
BAD_ENCODING: Final = 113
BAD_ID: Final = 120

DESCRIPTIONS: Final = {
    DATABASE: "Internal database error",
    NO_RECIPIENTS: "No valid recipients",
    NOT_KNOWN: "Username or password unknown",
    NO_TEXT: "Text message missing",
    TOO_LONG: "Text message too long",
    NO_SENDER: "Sender missing",
    LONG_SENDER: "Sender too long",
    BAD_DATE: "No valid date and time for sending",
    BAD_URL: "Notification URL incorrect",
    TOO_MANY_PARTS: "Exceeded maximum parts allowed or incorrect number of parts",
    NO_CREDIT: "Not enough credits",
    BAD_ENCODING: "Invalid coding",
    BAD_ID: "Invalid GUID",
}


class Failed(Exception):
    def __init__(self, code: int, description: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.description = description or DESCRIPTIONS[code]
        self.status = status

    def document(self) -> dict[str, Any]:
        return {"code": self.code, "description": self.description}


def error(failed: Failed) -> Response:
    return json({"error": failed.document()}, failed.status)


def json(document: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")
