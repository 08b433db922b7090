"""The columns of other programs' files, and what they mean here. Names are compared without case and punctuation.

Action Network: a report of its activists. Mailchimp: an exported audience. CiviCRM: an exported search.
listmonk: `subscribers.csv` of its export.
"""

import re

# What a column can hold for us, in the order of the mapping page.
FIELDS = ("email", "first_name", "last_name", "name", "postcode", "country", "language", "said_at", "status")
PRESETS: dict[str, dict[str, str]] = {
    "actionnetwork": {
        "email": "email", "first_name": "first_name", "last_name": "last_name", "zip_code": "postcode",
        "country": "country", "language": "language", "can2_subscription_status": "status",
    },
    "mailchimp": {
        "Email Address": "email", "First Name": "first_name", "Last Name": "last_name", "CC": "country",
        "CONFIRM_TIME": "said_at", "OPTIN_TIME": "said_at", "UNSUB_TIME": "status", "CLEAN_TIME": "status",
    },
    "civicrm": {
        "Email": "email", "First Name": "first_name", "Last Name": "last_name", "Postal Code": "postcode",
        "Country": "country", "Preferred Language": "language", "No Bulk Emails (User Opt Out)": "status",
        "Do Not Email": "status",
    },
    "listmonk": {"email": "email", "name": "name", "status": "status", "created_at": "said_at"},
}  # fmt: skip
# A preset is recognised by a column that no other has.
SIGNS = {
    "can2subscriptionstatus": "actionnetwork", "leid": "mailchimp", "memberrating": "mailchimp",
    "nobulkemailsuseroptout": "civicrm", "attributes": "listmonk",
}  # fmt: skip
# For any other file: what people call such a column, in our languages.
COMMON = {
    "email": "email", "emailaddress": "email", "e-mail": "email", "emailadres": "email", "mail": "email",
    "adresseemail": "email", "courriel": "email", "correo": "email", "correoelectronico": "email",
    "firstname": "first_name", "voornaam": "first_name", "prenom": "first_name", "nombre": "first_name",
    "lastname": "last_name", "achternaam": "last_name", "familienaam": "last_name", "nom": "last_name",
    "surname": "last_name", "apellido": "last_name", "apellidos": "last_name", "name": "name", "naam": "name",
    "fullname": "name", "postcode": "postcode", "zip": "postcode", "zipcode": "postcode", "postalcode": "postcode",
    "codepostal": "postcode", "codigopostal": "postcode", "country": "country", "land": "country", "pays": "country",
    "pais": "country", "language": "language", "taal": "language", "langue": "language", "idioma": "language",
    "status": "status", "consentdate": "said_at", "datum": "said_at", "date": "said_at",
}  # fmt: skip


def plain(name: str) -> str:
    """A column's name without case, spaces and punctuation."""
    return re.sub(r"[\W_]", "", name.casefold())


def recognise(header: list[str]) -> str:
    """The preset that a file looks like, or ""."""
    return next((SIGNS[plain(name)] for name in header if plain(name) in SIGNS), "")


def columns(header: list[str], preset: str) -> dict[str, list[int]]:
    """Field -> the columns that hold it, first the one that counts most."""
    meanings = {plain(name): field for name, field in PRESETS.get(preset, COMMON).items()}
    order = {name: at for at, name in enumerate(meanings)}
    found: dict[str, list[int]] = {}
    for at, name in sorted(enumerate(header), key=lambda each: order.get(plain(each[1]), 999)):
        field = meanings.get(plain(name))
        if field and (field in ("said_at", "status") or field not in found):
            found.setdefault(field, []).append(at)
    return found
