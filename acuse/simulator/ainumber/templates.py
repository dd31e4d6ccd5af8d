"""The message templates of the simulated account."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from acuse.simulator.ainumber.answers import Failed

APPROVED: Final = "approved"
_PLACE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """`{name}` in the text is filled by the tag of that name; ``button`` is an address with such places."""

    id: str
    keyword: str
    language: str
    text: str
    status: str = APPROVED
    button: str = ""
    rejected_reason: str | None = None

    def document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "status": self.status,
            "keyword": self.keyword,
            "language": self.language,
            "text": self.text,
            "tags": [{"name": name} for name in _PLACE.findall(self.text)],
            "button_tags": [{"name": name} for name in _PLACE.findall(self.button)],
            "buttons": [{"index": 1, "type": "url", "title": "Web", "value": self.button}] if self.button else [],
            "attachment": None,
            "rejected_reason": self.rejected_reason,
        }

    def filled(self, tags: Mapping[str, str], button_tags: Mapping[str, str]) -> str:
        """Raises ``Failed``."""
        missing = [name for name in _PLACE.findall(self.text) if name not in tags]
        missing += [name for name in _PLACE.findall(self.button) if name not in button_tags]
        if missing:
            raise Failed(f"Template tags are missing: {', '.join(missing)}.", "template_tags_missing")
        return _PLACE.sub(lambda place: tags[place[1]], self.text)


TEMPLATES: Final = (
    Template("5d2c0f0e-5f61-4c3a-9f0a-000000000001", "otp", "es", "{code} es su código."),
    Template("5d2c0f0e-5f61-4c3a-9f0a-000000000002", "otp", "en", "{code} is your code."),
    Template(
        "5d2c0f0e-5f61-4c3a-9f0a-000000000003",
        "appointment_reminder",
        "es",
        "Hola, {first_name}: le esperamos el {date}.",
    ),
    Template(
        "5d2c0f0e-5f61-4c3a-9f0a-000000000004",
        "appointment_reminder",
        "en",
        "Hello {first_name}, we expect you on {date}.",
    ),
    Template(
        "5d2c0f0e-5f61-4c3a-9f0a-000000000005",
        "order_confirmation",
        "en",
        "Your order {order} is on its way.",
        button="https://example.com/orders/{path}",
    ),
    Template("5d2c0f0e-5f61-4c3a-9f0a-000000000006", "welcome", "en", "Welcome!", status="pending"),
    Template(
        "5d2c0f0e-5f61-4c3a-9f0a-000000000007",
        "promo",
        "en",
        "Buy now!",
        status="rejected",
        rejected_reason="ABUSIVE_CONTENT",
    ),
)


def find_template(keyword: str, language: str, *, any_will_do: bool) -> Template:
    """Raises ``Failed``."""
    for template in TEMPLATES:
        if (template.keyword, template.language) == (keyword, language):
            if template.status != APPROVED:
                raise Failed(f"The message template is {template.status}.", "template_not_approved")
            return template
    if any_will_do:
        return Template("5d2c0f0e-5f61-4c3a-9f0a-000000000000", keyword, language, f"template {keyword}")
    raise Failed("There is no such message template in this language.", "template_not_found")
