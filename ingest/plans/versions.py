"""Telling one plan from another by what it says."""

import hashlib

import msgspec

from ingest.plans.body import ContentBody, PlanBody

_PERSONAL = ContentBody.__struct_fields__


def version_of(body: PlanBody, *, named: bool) -> str:
    """The same for plans that say the same. What a caller's own plan says to a person is left out of it, since a
    digest of little can be guessed; what the settings say is nobody's.
    """
    said = msgspec.to_builtins(body)
    said.pop("about", None)
    if not named:
        for step in said["steps"]:
            for field in _PERSONAL:
                step.pop(field, None)
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()[:12]
