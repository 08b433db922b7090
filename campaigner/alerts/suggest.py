"""What somebody meant who wrote a field that is none: near spellings, and the names other tools use."""

from difflib import get_close_matches

from campaigner.alerts.render import FACTS, FIELDS

ALSO = {
    "naam": "voornaam", "firstname": "voornaam", "first_name": "voornaam", "fname": "voornaam", "name": "voornaam",
    "prenom": "voornaam", "prénom": "voornaam", "nombre": "voornaam", "vorname": "voornaam",
    "count": "aantal", "handtekeningen": "aantal", "goal": "doel", "streefdoel": "doel", "title": "campagne",
    "titel": "campagne",
}  # fmt: skip


def field(mark: str) -> str | None:
    """The field that was probably meant, or None."""
    name = mark.strip("{} \n").partition("|")[0].strip().casefold()
    known = [*FIELDS, *FACTS, *ALSO]
    near = get_close_matches(name, known, n=1, cutoff=0.7)
    return ALSO.get(near[0], near[0]) if near else None


def all_fields() -> str:
    """Every field, as it is written."""
    return ", ".join(f"{{{{{name}}}}}" for name in (*FIELDS, *FACTS))
