"""What the spam filter has learned from the clicks of staff. The counts hold keyed hashes of words, no word.

Whoever has the table alone can read nothing from it. Each message teaches once: a changed mind first
takes back what was learned from it.
"""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from campaigner.contact import bayes
from campaigner.contact.bayes import Count
from campaigner.contact.models import ContactLesson, ContactMessage, ContactToken
from campaigner.core.crypto import keyring
from campaigner.core.db import db

TOTAL = 0  # the row that counts lessons: no word has this hash


def likelihood(body: str, *, email: str) -> float | None:
    """How likely a text is spam by its words, 0 to 1; None while the filter has learned too little."""
    hashes = _hashes(bayes.words(body, email=email))
    query = select(ContactToken.hash, ContactToken.spam, ContactToken.ham)
    rows = db.session.execute(query.where(ContactToken.hash.in_([TOTAL, *hashes])))
    counts = {row[0]: Count(row[1], row[2]) for row in rows}
    return bayes.judge(counts, counts.pop(TOTAL, Count()))


def learn(message: ContactMessage, *, spam: bool) -> None:
    """Staff said what it is. The same again teaches nothing; the opposite takes the first lesson back."""
    earlier = db.session.get(ContactLesson, message.id)
    if earlier is not None and earlier.spam == spam:
        return
    hashes = _hashes(bayes.words(message.body, email=message.email))
    if earlier is not None:
        _take_back(hashes, spam=earlier.spam)
        earlier.spam = spam
    else:
        db.session.add(ContactLesson(message_id=message.id, spam=spam))
    _count(hashes, spam=spam)


def _count(hashes: Sequence[int], *, spam: bool) -> None:
    """One more of each. In the order of the hashes, so that two lessons at once wait for each other and never lock."""
    rows = [{"hash": each, "spam": int(spam), "ham": int(not spam)} for each in sorted([TOTAL, *hashes])]
    write = insert(ContactToken).values(rows)
    more = {"spam": ContactToken.spam + write.excluded.spam, "ham": ContactToken.ham + write.excluded.ham}
    db.session.execute(write.on_conflict_do_update(index_elements=["hash"], set_=more))


def _take_back(hashes: Sequence[int], *, spam: bool) -> None:
    column = ContactToken.spam if spam else ContactToken.ham
    theirs = select(ContactToken.hash).where(ContactToken.hash.in_([TOTAL, *hashes]), column > 0)
    locked = theirs.order_by(ContactToken.hash).with_for_update()
    db.session.execute(update(ContactToken).where(ContactToken.hash.in_(locked)).values({column.key: column - 1}))


def _hashes(words: Sequence[str]) -> list[int]:
    return [_hash(word) for word in words]


def _hash(word: str) -> int:
    """63 bits of a keyed hash of its own: nothing ties a count to the numbers of `words`. 0 is kept for the total."""
    return (int.from_bytes(keyring.fingerprint(word, "contact.lesson")[:8]) >> 1) or 1
