"""What the tests of imports share: files as other programs write them, and an import from start to end."""

import io

from campaigner.core.db import db, transaction
from campaigner.imports import runs, service
from campaigner.imports.models import PeopleImport
from campaigner.organisations import queries as organisations
from campaigner.supporters.models import Supporter

PROOF = service.Evidence("Ja, jullie mogen mij mailen.", "2024-05-01", "paper", "map 12", "nl", "1 mei")
NO_PROOF = service.Evidence("", "", "paper", "")
# The columns that each program writes, with fictional people.
ACTION_NETWORK = """\
first_name,last_name,email,can2_user_address,can2_user_city,can2_state_abbreviated,zip_code,country,can2_phone,\
can2_user_tags,can2_subscription_status,uuid
Greet,Voorbeeld,greet@voorbeeld.example,,Gent,,9000,BE,,"vakbond, 1 mei",subscribed,0f9
Omar,Voorbeeld,omar@voorbeeld.example,,Luik,,4000,BE,,,unsubscribed,0fa
Inès,Voorbeeld,ines@voorbeeld.example,,Lille,,59000,FR,,,subscribed,0fb
"""
MAILCHIMP = """\
Email Address,First Name,Last Name,Address,Phone Number,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,\
LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS
greet@voorbeeld.example,Greet,Voorbeeld,,,2,2021-03-04 10:11:12,,2021-03-05 08:00:00,,,,,,,BE,VOV,2023-01-01,1,a,,
ines@voorbeeld.example,Inès,Voorbeeld,,,2,2020-01-01 10:00:00,,,,,,,,,FR,,2023-01-01,2,b,,
"""
CIVICRM = """\
Contact ID,Contact Type,First Name,Last Name,Do Not Email,No Bulk Emails (User Opt Out),Preferred Language,\
Street Address,City,Postal Code,Country,Email
1,Individual,Greet,Voorbeeld,,,nl_NL,Straat 1,Gent,9000,Belgium,greet@voorbeeld.example
2,Individual,Omar,Voorbeeld,,1,nl_NL,,Gent,9000,Belgium,omar@voorbeeld.example
3,Individual,Inès,Voorbeeld,,,fr_FR,,Lille,59000,France,ines@voorbeeld.example
"""
LISTMONK = """\
uuid,email,name,attributes,status,created_at,updated_at
u1,greet@voorbeeld.example,Greet Voorbeeld,"{""city"": ""Gent""}",enabled,2022-02-03T04:05:06.789Z,2022-02-03T04:05:06Z
u2,omar@voorbeeld.example,Omar Voorbeeld,{},blocklisted,2022-02-03T04:05:06Z,2022-02-03T04:05:06Z
u3,ines@voorbeeld.example,Inès Voorbeeld,{},enabled,2022-02-03T04:05:06Z,2022-02-03T04:05:06Z
"""
LISTS = {"actionnetwork": ACTION_NETWORK, "mailchimp": MAILCHIMP, "civicrm": CIVICRM, "listmonk": LISTMONK}


def uploaded(content: str | bytes, *, organisation_id: int | None = None) -> PeopleImport:
    """A file, kept."""
    raw = content if isinstance(content, bytes) else content.encode()
    with transaction():
        whose = organisation_id or organisations.host().id
        return service.upload(io.BytesIO(raw), name="lijst.csv", organisation_id=whose, account_id=None)


def tried(content: str | bytes, *, proof: service.Evidence = PROOF, organisation_id: int | None = None) -> PeopleImport:
    """A file after its dry run."""
    made = uploaded(content, organisation_id=organisation_id)
    with transaction():
        service.describe(made.id, columns=service.how(made).columns, evidence=proof)
        service.check(made.id)
    return _to_the_end(made.id)


def brought_in(content: str | bytes, **more) -> PeopleImport:
    """A file whose people are here."""
    made = tried(content, **more)
    with transaction():
        service.start(made.id)
    return _to_the_end(made.id)


def undone(made: PeopleImport) -> PeopleImport:
    """The same, taken back."""
    with transaction():
        service.undo(made.id)
    return _to_the_end(made.id)


def _to_the_end(import_id: int) -> PeopleImport:
    while runs.run(import_id):
        pass
    return service.get(import_id)


def people() -> dict[str, Supporter]:
    """Everybody by address."""
    return {row.email: row for row in db.session.query(Supporter)}


def csv(*lines: str) -> str:
    """A list with the plainest header."""
    return "\n".join(["email;voornaam;achternaam;postcode", *lines]) + "\n"
