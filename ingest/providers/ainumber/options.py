"""What only AI Number takes: `options` of a message through it."""

from typing import Annotated

from msgspec import Meta, Struct

HttpsUrl = Annotated[str, Meta(pattern="^https://", max_length=2000)]


class AiNumberOptions(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    prevent_bot_off: Annotated[
        bool | None, Meta(description="Leave the conversation's chatbot on, which a message else turns off")
    ] = None
    agent_id: Annotated[str | None, Meta(description="Agent to whom the conversation is assigned")] = None
    live_inbox: Annotated[bool | None, Meta(description="Show it in open inboxes at once")] = None
    button_tags: Annotated[
        dict[str, str] | None, Meta(description="What fills the places in a template's button, by their number")
    ] = None
    attachment: Annotated[
        HttpsUrl | None, Meta(description="Address of the picture, video or document of a template")
    ] = None
