"""Proof of work, by the ALTCHA protocol: under attack a browser does a small sum before its form is taken.

It costs a person a second while they type, and a flood a machine. It names nobody, asks no other host
and sets no cookie. A challenge belongs to one form, by the form's nonce, and a form is taken once: so is
a solution. Whoever runs no script waits instead; that is the door's business.
"""

import json
import secrets
from datetime import timedelta

import altcha

from campaigner.core.clock import now
from campaigner.core.tokens import signer

ALGORITHM = "PBKDF2/SHA-256"
ROUNDS = 2_000  # iterations of one guess: about a millisecond in a browser on a telephone
FEWEST, MOST = 300, 1_200  # guesses until the answer: one to three seconds there
LIFETIME = timedelta(hours=24)  # as long as the form lives
LONGEST = 4_000  # characters of an answer


def challenge(nonce: str) -> str:
    """A sum for the form with this nonce, as JSON for the page."""
    made = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        counter=FEWEST + secrets.randbelow(MOST - FEWEST),
        key_prefix_length=16,
        expires_at=now() + LIFETIME,
        data={"form": nonce},
        hmac_secret=signer.derived("proof"),
        hmac_key_secret=signer.derived("proof key"),
    )
    return json.dumps(made.to_dict(), separators=(",", ":"))


def solved(answer: str, nonce: str) -> bool:
    """Whether the answer solves a sum of ours that was made for this form. Whatever is sent, it never raises."""
    if not answer or len(answer) > LONGEST or not answer.isascii():
        return False
    result = altcha.verify_solution(answer, signer.derived("proof"), hmac_key_secret=signer.derived("proof key"))
    return bool(result.verified) and _form_of(answer) == nonce


def _form_of(answer: str) -> str | None:
    """The nonce that stands in a challenge whose signature was just found right."""
    challenged = altcha.Payload.from_base64(answer).challenge.parameters.data or {}
    form = challenged.get("form")
    return form if isinstance(form, str) else None
