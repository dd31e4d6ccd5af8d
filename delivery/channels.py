"""The ways a message can reach a person."""

from enum import StrEnum


class Channel(StrEnum):
    SMS = "sms"
    VOICE = "voice"
    VIBER = "viber"
    WHATSAPP = "whatsapp"
    EMAIL = "email"
