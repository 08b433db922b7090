"""A million supporters, with consent and a confirmed act each, in a minute or two.

Written as rows of SQL, because a million people through the services would take an hour. Addresses and
names are real ciphertexts of our keyring, a thousand different ones; each person has a mailbox of their own.
"""

import psycopg

from bench import messages
from bench.stage import Stage
from campaigner.core.crypto import keyring
from campaigner.organisations import queries as organisations

POOL = 1000
BATCH = 50_000
PROVIDERS = ("gmail.com", "outlook.com", "other", "telenet.be", "other")
TABLE = "CREATE TABLE bench_pool (n integer PRIMARY KEY, email bytea, first_name bytea, last_name bytea, provider text)"
# :first and :last are numbers of people; the fingerprints are as long as ours and as different.
PEOPLE = """
INSERT INTO supporter (mailbox, person, email, first_name, last_name, postcode, country, language, provider,
                       is_example, created_at, confirmed_at)
SELECT sha256(convert_to('mailbox ' || g.n, 'UTF8')), sha256(convert_to('person ' || g.n, 'UTF8')), p.email,
       p.first_name, p.last_name, '9000', 'BE', 'nl', p.provider, false, now(), now()
FROM generate_series(%(first)s::int, %(last)s::int) AS g (n) JOIN bench_pool p ON p.n = g.n %% %(pool)s RETURNING id
"""
CONSENT = """
INSERT INTO consent (supporter_id, organisation_id, purpose, value, verified, language, channel, evidence, created_at)
SELECT id, %(host)s, 'mail', true, true, 'nl', 'web', 'bench', now() FROM supporter WHERE id BETWEEN %(from)s AND %(to)s
"""
PERMISSION = """
INSERT INTO permission (supporter_id, organisation_id, purpose, value, consent_id, changed_at)
SELECT supporter_id, organisation_id, purpose, true, id, now() FROM consent
WHERE supporter_id BETWEEN %(from)s AND %(to)s
"""
ACTS = """
INSERT INTO action (ask_id, supporter_id, state, channel, language, submission, public, created_at, confirmed_at)
SELECT %(ask)s, id, 'confirmed', 'web', 'nl', '', false, now(), now() FROM supporter
WHERE id BETWEEN %(from)s AND %(to)s
"""


class Multitude:
    """People of the stage, made for one campaign after the other; nobody is in two."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.made = 0
        with stage.app.app_context():
            self.host = organisations.host().id
            pool = [
                (n, keyring.encrypt(person.email, "email"), keyring.encrypt(person.first_name, "first_name"),
                 keyring.encrypt("Voorbeeld", "last_name"), PROVIDERS[n % len(PROVIDERS)])
                for n, person in ((n, messages.Person(n)) for n in range(POOL))
            ]  # fmt: skip
        with self._database() as ours:
            ours.execute(TABLE)
            with ours.cursor() as cursor:
                cursor.executemany("INSERT INTO bench_pool VALUES (%s, %s, %s, %s, %s)", pool)

    def _database(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.stage.postgres.url.replace("+psycopg", ""))

    def act_on(self, ask_id: int, number: int) -> None:
        """So many more people, each with a confirmed act on that ask and a yes to mails."""
        last = self.made + number
        with self._database() as ours:
            while self.made < last:
                upto = min(self.made + BATCH, last)
                values = {"first": self.made + 1, "last": upto, "pool": POOL, "host": self.host, "ask": ask_id}
                ids = [int(str(row[0])) for row in ours.execute(PEOPLE, values)]
                for statement in (CONSENT, PERMISSION, ACTS):
                    ours.execute(statement, {**values, "from": min(ids), "to": max(ids)})
                ours.commit()
                self.made = upto

    def settle(self) -> None:
        """Have PostgreSQL know its tables, as it would by itself after a while."""
        with self._database() as ours:
            ours.autocommit = True
            for table in ("supporter", "consent", "permission", "action"):
                ours.execute(f"VACUUM ANALYZE {table}")
