"""What kind of line a phone number is, as its country's numbering plan says."""

from enum import StrEnum


class NumberType(StrEnum):
    MOBILE = "mobile"
    FIXED = "fixed"
    FIXED_OR_MOBILE = "fixed_or_mobile"
    """The plan does not tell the two apart, as in the United States."""
    TOLL_FREE = "toll_free"
    PREMIUM_RATE = "premium_rate"
    SHARED_COST = "shared_cost"
    VOIP = "voip"
    PERSONAL = "personal"
    """It leads to whatever line a person has just then."""
    PAGER = "pager"
    COMPANY = "company"
    """A company's one number for all of its lines."""
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"
    """A number that the plan has not given out, as far as we know it."""
