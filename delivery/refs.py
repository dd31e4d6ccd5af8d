"""References of attempts: the provider's own id, made unique per recipient where it covers many.

A reference is a Kafka key, a row's key and part of a URL, and stays for ever. A plain phone number in it would lie
outside the part of an event that can be sealed, so a short digest stands for the number.
It is a pseudonym, not anonymity: who knows the batch and guesses the number can confirm it.
"""

import hashlib
import re
from typing import Final

DIGEST_BYTES: Final = 8
PLAIN_RECIPIENT: Final = re.compile(r"^(?P<batch>[^:]+):\+?(?P<number>[1-9][0-9]{6,14})$")


def recipient_ref(batch_id: str, recipient: str) -> str:
    """``batch:h<16 hex digits>`` for one recipient of a batch.

    ``recipient`` is E.164 with its plus sign; anything else that a provider uses as a recipient is taken as it is.
    """
    digest = hashlib.blake2b(f"{batch_id}\0{recipient}".encode(), digest_size=DIGEST_BYTES).hexdigest()
    return f"{batch_id}:h{digest}"


def canonical_ref(ref: str) -> str:
    """The reference under which an attempt is kept, for one that people may write as ``batch:number``."""
    plain = PLAIN_RECIPIENT.match(ref)
    return recipient_ref(plain["batch"], f"+{plain['number']}") if plain else ref
