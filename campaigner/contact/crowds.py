"""When the form asks more of a visitor than a message: many come at once, from one network or from everywhere.

Nobody is turned away for the network they come from: a union hall, a factory or a congress sits behind
one address. Beyond a calm number a browser does a small sum (`core.proof`), and whoever runs no script
waits for a while that grows with the crowd. What they typed stays in the form. With Redis away all
doors are open, and scoring still weighs every message.
"""

from dataclasses import dataclass

from campaigner.core import addresses, limits, proof

TRIES = "20000 per hour"  # from one network: beyond it nothing is even read
PER_MAILBOX = "6 per hour"
CALM = "12 per 10 minutes"  # from one network; more than that counts a little towards spam
PER_NETWORK = "60 per hour"  # without a sum
EVERYWHERE = "300 per 10 minutes"  # without a sum: more is no ordinary day
WAITERS = (("60 per 10 minutes", 20), ("300 per 10 minutes", 60), ("1000 per 10 minutes", 300))
TURNED_BACK = 600  # seconds, when even more wait


@dataclass(frozen=True, slots=True)
class Crowd:
    """What is asked of this visitor: nothing, or a sum, in place of which they may wait."""

    asks: bool = False


NONE = Crowd()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What the counters say of a form. `mailbox_free`: it may still write, our receipts go there, asked for or not.

    `calm`: its network sends no more than an ordinary one.
    """

    mailbox_free: bool
    calm: bool
    crowd: Crowd


def look() -> Crowd:
    """Whether a form shown now should ask for a sum. Counts nothing."""
    return Crowd(asks=_full("contact", limits.network(), PER_NETWORK) or _full("contact.all", "all", EVERYWHERE))


def enter(email: str) -> Arrived:
    """Count a form that may be a message: for its mailbox, its network and everywhere, in one question to Redis."""
    network, mailbox = limits.network(), addresses.quota_fingerprint(email).hex()
    free, of_network, of_all, calm = limits.counted(
        ("contact", mailbox, PER_MAILBOX), ("contact", network, PER_NETWORK), ("contact.all", "all", EVERYWHERE),
        ("contact.calm", network, CALM),
    )  # fmt: skip
    return Arrived(mailbox_free=free, calm=calm, crowd=Crowd(asks=not (of_network and of_all)))


def tried() -> bool:
    """Count a form that arrives, whatever is in it."""
    return limits.allowed("contact.try", limits.network(), TRIES)


def lets_in(*, answer: str, nonce: str, waited: float, told: int) -> bool:
    """Whether a visitor of a crowd is let in: by the sum, or after the seconds they were told to wait."""
    return proof.solved(answer, nonce) or 0 < told <= waited


def seconds_to_wait() -> int:
    """How long one more without a sum waits: longer the more of them there are."""
    for rate, seconds in WAITERS:
        if limits.allowed("contact.wait", "all", rate):
            return seconds
    return TURNED_BACK


def _full(scope: str, key: str, rate: str) -> bool:
    return not limits.free(scope, key, rate)
