"""A plan is told so that who reads it knows what will go out."""

from acuse.plans.cautions import cautions, faults
from acuse.plans.words import in_words, span
from ingest.plans.reading import read_plan
from ingest.providers import PROVIDERS

MADE = {name: kind() for name, kind in PROVIDERS.items()}


def test_spans() -> None:
    assert [span(seconds) for seconds in (5, 90, 5_400, 86_401)] == ["5 s", "1 min 30 s", "1 h 30 min", "1 d 1 s"]


def test_all_that_a_plan_says() -> None:
    plan = read_plan(
        {
            "steps": [
                {
                    "channel": "sms",
                    "provider": {"messente": 3, "mensatek": 1, "altiria": 0},
                    "ttl": 90,
                    "on": {
                        "absent_subscriber": {"retry": 3, "after": 60},
                        "unknown_number": "stop",
                        "invalid_number": "stop",
                        "opted_out": "next",
                    },
                    "on_doubt": "next",
                },
                {"channel": "sms", "provider": "best", "among": ["altiria", "messente"], "text": "a"},
                {"channel": "sms", "provider": ["altiria", "messente"], "takes": "text", "success": "sent"},
                {"channel": "sms", "provider": "best", "provider_ttl": 60},
            ],
            "quiet": {"from": "22:00", "to": "08:00", "channels": ["sms", "voice"], "default": "Europe/Madrid"},
            "maximum_cost": "0.12",
        }
    )
    assert "\n".join(in_words(plan, "EUR")) == (
        "1. sms through messente (75 %) or mensatek (25 %); altiria only in their place\n"
        "   It is enough that the handset has it.\n"
        "   When that has not come within 1 min 30 s, the next step goes out.\n"
        "   On absent_subscriber: the same step again after 1 min, up to 3 times, twice as long in between each time; "
        "then the next step goes out.\n"
        "   On unknown_number or invalid_number: nothing more is sent.\n"
        "   On opted_out: the next step goes out.\n"
        "   Where nobody can tell whether it was taken, the next step goes out.\n"
        "2. sms through whoever does best at the time of altiria and messente, with a text of its own\n"
        "   It is enough that the handset has it.\n"
        "3. sms through altiria or messente, each as often, with the message's text\n"
        "   It is enough that the operator has it.\n"
        "4. sms through whoever does best at the time\n"
        "   It is enough that the handset has it.\n"
        "   The provider is told to try for 1 min.\n"
        "Otherwise the next step goes out as soon as one is refused (a conversation that is not open and a provider "
        "that is left alone count as that) or has failed for good.\n"
        "Nothing more is sent on opted_out, cancelled, duplicate or recipient_refused, unless a step says otherwise.\n"
        "On no_credit, provider_error, provider_unavailable, rate_limited or unroutable, another provider of the same "
        "step is tried first.\n"
        "Nothing goes out by sms or voice from 22:00 to 08:00, where the recipient may be (Europe/Madrid where the "
        "number does not tell); it waits until then.\n"
        "Nothing is sent that would bring the cost above 0.12 EUR."
    )


def test_what_works_but_perhaps_not_as_it_was_meant() -> None:
    plan = read_plan(
        {
            "steps": [
                {"channel": "sms", "provider": ["messente", "enviosms"], "success": "seen"},
                {"channel": "sms", "provider": "messente"},
            ]
        }
    )
    assert not list(faults(plan, MADE))
    assert list(cautions(plan, MADE)) == [
        "Step 1 has no ttl: only a refusal or a final failure leads from it to the next one.",
        "Step 1 is never seen: nobody tells that of sms.",
        "Step 1 never succeeds through enviosms, who does not tell what became of a message.",
    ]


def test_what_no_message_can_be_sent_by() -> None:
    steps = [{"channel": "sms", "provider": "mesente"}, {"channel": "viber", "provider": "mensatek"}]
    assert list(faults(read_plan({"steps": steps}), MADE)) == [
        "steps[0].provider: mesente is unknown; did you mean messente?",
        "steps[1].channel: mensatek does not send viber for us",
    ]
