"""What Mensatek's functions answer with as `Res`. Above zero all went well; what stands here did not.

From its document, but for `EnviarSMSCERTIFICADO` and `GetReportSMSCERTIFICADO`, whose document is another: the results
of the one are those that public clients of it know, those of the other are assumed to be `GetReportSMS`'s.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from delivery.reasons import Reason

AUTHENTICATION: Final = -1
ALREADY_CANCELLED: Final = -5

_COMMON: Final = {
    AUTHENTICATION: "Authentication error",
    -3: "Error in the call data",
}
_FILES: Final = {
    -10: "You have exceeded your file storage capacity, contact support to request more space",
    -11: "File format not supported: PDF, Excel, Word and VCF are",
    -12: "No content came though it was to be sent in BASE64",
    -13: "No content came though it was to be sent in FILES",
    -15: "Tipo must be FILES or BASE64",
    -16: "File too large, consult support to increase limits",
    -17: "An error has occurred while uploading the file",
    -18: "Trial accounts do not have file sending capability, contact support",
}
_NOT_YOURS: Final = "Incorrect data: only identifiers of one's own account"

RESULTS: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType(
    {
        "EnviarSMS": _COMMON | {-2: "Not enough credits"},
        "EnviarSMSCERTIFICADO": _COMMON
        | {
            -2: "Not enough credits",
            -4: "Attached file not allowed",
            -5: "Not enough credits",
            -15: "A contract needs its PDF in the message",
            -16: "The PDF is not in the library",
        },
        "CancelarSMS": _COMMON
        | {
            -2: _NOT_YOURS,
            -4: "The message has already been sent/cannot be cancelled",
            ALREADY_CANCELLED: "The message has already been cancelled",
        },
        "ReprogramarSMS": _COMMON
        | {
            -2: _NOT_YOURS,
            -4: "The message has already been sent/cannot be rescheduled",
            -5: "The message is cancelled/cannot be rescheduled",
            -6: "The new date is not correct",
            -7: "The new date has already passed",
        },
        "GetReportSMS": _COMMON
        | {
            -2: "You do not have permission to query this message",
            -4: "Error in response/You do not have permission to query this message",
        },
        "GetReportSMSCERTIFICADO": _COMMON
        | {
            -2: "You do not have permission to query this message",
            -4: "Error in response/You do not have permission to query this message",
        },
        "CargarFichero": _COMMON | _FILES,
        "ListarFicheros": _COMMON | _FILES,
        "BorrarFichero": _COMMON | {-2: "The file does not exist"},
        "GetCreditos": {AUTHENTICATION: "Authentication error"},
        "GetPlantillasSMS": _COMMON,
    }
)

REFUSALS: Final[Mapping[str, Mapping[int, Reason]]] = MappingProxyType(
    {
        # What -3 is about only the text beside it says, in words for people.
        "EnviarSMS": {-2: Reason.NO_CREDIT, -3: Reason.UNSPECIFIED},
        "EnviarSMSCERTIFICADO": {
            -2: Reason.NO_CREDIT,
            -3: Reason.UNSPECIFIED,
            -4: Reason.CONTENT_REFUSED,
            -5: Reason.NO_CREDIT,
            -15: Reason.CONTENT_REFUSED,
            -16: Reason.CONTENT_REFUSED,
        },
    }
)
"""Why a message was refused. A result that is in no table is a refusal for an unknown reason."""


def meaning(function: str, result: int) -> str:
    return RESULTS.get(function, {}).get(result, "a result that its document does not know")
