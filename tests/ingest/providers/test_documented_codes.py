"""Every code that a vendor's document lists is in its table. The lists are copied from the documents by hand."""

from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import FAILURES, Stage
from ingest.providers import PROVIDERS

# fmt: off
MENSATEK_STATUSES = frozenset(map(str, (
    0, 1, 2, 10, 11, 13, 14, 15, 16, 17, 50, 51, 52, 53, 54, 55, 70, 101, 102, 103, 104, 106, 110, 111, 112, 113, 120,
    121, 122, 123, 124, 125, 126, 130, 131, 132, 133, 134, 135, 136, 137, 140, 141, 150, 160, 161, 162, 163, 180, 181,
    190, 195, 1000, 1001, 1002, 1003, 5000,
)))
MESSENTE_STATUSES = (
    "ACK", "DELIVRD", "UNDELIV", "FAILED", "UNKNOWN", "ACCEPTD", "REJECTD", "DELETED", "EXPIRED", "NACK", "SEEN",
)
# fmt: on
MENSATEK_DELIVERED_WITHOUT_A_TIME = ("70", "106")
MENSATEK_SAYS_THAT_IT_GOES_ON = ("121", "134", "135", "1003")
MESSENTE_ERRORS = (*map(str, range(11)), "999")
ALTIRIA_NAMED = ("DELIVERED", "EXPIRED")
ENVIOSMS_ANSWERS = ("Queued", "400", "401", "403", "500")


def test_mensatek() -> None:
    assert set(PROVIDERS["mensatek"].codes) == MENSATEK_STATUSES


def test_mensatek_says_itself_which_deliveries_have_no_time() -> None:
    codes = PROVIDERS["mensatek"].codes
    assert not any(codes[code].timed for code in MENSATEK_DELIVERED_WITHOUT_A_TIME)
    assert all(codes[code].timed for code in ("11", "13", "14"))


def test_what_mensatek_is_still_trying_has_not_failed() -> None:
    codes = PROVIDERS["mensatek"].codes
    for code in MENSATEK_SAYS_THAT_IT_GOES_ON:
        assert codes[code].stage is Stage.SENT
        assert codes[code].reason is not None
    assert {code for code, outcome in codes.items() if "Retrying" in outcome.text} == {"134", "135", "1003"}


def test_who_reads_a_contract_has_its_message_whatever_he_makes_of_it() -> None:
    codes = PROVIDERS["mensatek"].codes
    assert codes["190"].stage is Stage.SEEN
    assert codes["190"].reason is Reason.RECIPIENT_REFUSED
    assert codes["195"].stage not in FAILURES, "a contract that ran out says nothing of its delivery"


def test_messente() -> None:
    documented = {f"{status}/{error}" for status in MESSENTE_STATUSES for error in MESSENTE_ERRORS}
    assert documented | {"null/null"} <= set(PROVIDERS["messente"].codes)


def test_an_error_never_decides_how_far_messente_came() -> None:
    codes = PROVIDERS["messente"].codes
    for status in (*MESSENTE_STATUSES, "null"):
        assert len({codes[f"{status}/{error}"].stage for error in MESSENTE_ERRORS}) == 1


def test_altiria() -> None:
    assert set(ALTIRIA_NAMED) <= set(PROVIDERS["altiria"].codes)
    assert PROVIDERS["altiria"].channels == {Channel.SMS, Channel.VOICE, Channel.EMAIL, Channel.WHATSAPP}


def test_enviosms() -> None:
    assert set(ENVIOSMS_ANSWERS) == set(PROVIDERS["enviosms"].codes)
