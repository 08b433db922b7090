"""A local that asks for a desk hears that its request is with us, the team hears of it, and a no is told."""

import pytest
from sqlalchemy import select

from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.organisations import desk_requests
from campaigner.outbox.models import Delivery
from tests import make
from tests.conftest import Sink, deliver

pytestmark = pytest.mark.usefixtures("clean")

TYPED = ("Kern Proef", "Rode Bond", "Stad aan Zee", "An Voorbeeld", "0470 00 00 00", "Wij willen een paneel")
ANSWERS = dict(zip(("local", "union", "town", "name", "phone", "message"), TYPED, strict=True)) | {"site": ""}
STEWARD, TEAM = "an@kern.example", "team@host.example"


def _asked(nonce: str = "n1") -> int:
    with transaction():
        return desk_requests.store(
            language="fr", email=STEWARD, answers=ANSWERS, nonce=nonce, team=TEAM, team_language="nl"
        )


def test_the_steward_gets_a_receipt_and_the_team_a_notice(smtp: Sink) -> None:
    made = _asked()
    deliver()
    got = {str(mail["To"]): mail for mail in smtp.messages}
    assert sorted(got) == [STEWARD, TEAM]
    assert got[STEWARD]["Subject"] == "Ta demande de bureau est bien arrivée"
    assert (got[STEWARD]["Reply-To"], got[STEWARD]["Auto-Submitted"]) == (TEAM, "auto-replied")
    assert f"/staff/locals/requests/{made}" in str(got[TEAM].get_body(("plain",)).get_content())


def test_the_same_form_sent_again_writes_no_other_mail() -> None:
    assert _asked() == _asked()
    assert len(list(db.session.scalars(select(Delivery)))) == 2


def test_no_mail_about_a_desk_holds_a_word_of_what_was_typed(smtp: Sink) -> None:
    made = _asked()
    with transaction():
        desk_requests.refuse(made, by=make.account().id, team=TEAM)
    deliver()
    assert len(smtp.messages) == 3
    for mail in smtp.messages:
        said = str(mail["Subject"]) + "".join(part.get_content() for part in mail.walk() if not part.is_multipart())
        assert not [typed for typed in TYPED if typed in said]


def test_who_is_refused_is_told_once(smtp: Sink) -> None:
    made, by = _asked(), make.account().id
    with transaction():
        desk_requests.refuse(made, by=by, team=TEAM)
    with pytest.raises(Conflict), transaction():
        desk_requests.refuse(made, by=by, team=TEAM)
    deliver()
    told = [mail for mail in smtp.messages if mail["Subject"] == "À propos du bureau que tu as demandé"]
    assert [(mail["To"], mail["Reply-To"]) for mail in told] == [(STEWARD, TEAM)]
