"""Mensatek, from its document (SMS API 7.0), every function of it; reports and replies are posted to the account's URL.

From the document: the functions, their parameters in any case and from query, JSON or form; `Resp`; the result codes;
Spanish time; one `idMensaje` for all the recipients of a send, which no recipient has twice; that unsent recipients are
counted in `NoEnviados`; the statuses; that repeated errors and empty connections are taken for spam.
From the vendor's public pages: `EnviarSMSCERTIFICADO` (same parameters, `TipoContrato` for contracts) and its
`GetReportSMSCERTIFICADO`.
Assumed, the document being silent:
- The path before the function's name does not matter, nor the case of the name. Every result comes with HTTP 200.
- JSON is an array of one object, as the response schema says (option ``json = "object"`` for one object, as the
  vendor's own library reads it). TXT has a line `Name:value` a member, lists as JSON; XML one element a member. Without
  `Resp`: as TXT, with `Res`, `Msgid` and `Cred` alone.
- Ten authentication errors, empty calls, or the same question within a second (GetCreditos, GetReportSMS), all within a
  minute, block the address for a minute: HTTP 403 with a text (options ``spam_limit``, ``spam_seconds``).
- `Report=0` keeps reports from being posted; left out, the panel's setting, that they are, counts.
- A variable stands in the text as `(Variable_1)`, `[Variable_1]` or `{Variable_1}`.
- A `Fecha` more than a minute past is refused (-3).
- The call of Fail2voice starts where the SMS is first told to have failed, though that may come after all; what is no
  mobile is called at once. Its reports have another `Servicio` (option ``voice_service``; the document lists the
  services of its own specification alone), the statuses of an SMS, the same `idMensaje` and `Referencia`, and an
  `idReport` of their own. GetReportSMS tells of the SMS, or of a call where there is nothing else.
- A cancelled message is not reported, and asked after answers -4. Somebody else's message is -2.
- Replies go to the same URL, as to a contracted number (option ``number``).
Other options: ``trial = true`` for an account that may upload no files, ``most_files``, ``most_file_bytes``.
"""

from acuse.simulator.mensatek.functions import create

__all__ = ["create"]
