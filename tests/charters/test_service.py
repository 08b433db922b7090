"""An organisation signs a charter: its mailbox confirms, staff agree, and only then the name stands there."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from campaigner.campaigns.models import Campaign
from campaigner.charters import mails, queries, service
from campaigner.charters.models import CoSigner
from campaigner.charters.service import Said
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, DomainError, Gone, NotFound
from campaigner.outbox.models import Delivery
from tests import make
from tests.charters.stage import charter, sign
from tests.conftest import Sink, deliver

pytestmark = pytest.mark.usefixtures("clean")


def _confirmed(campaign: Campaign, **changes: str) -> CoSigner:
    row = sign(campaign, **changes)
    with transaction():
        service.confirm(mails.token(row))
    return row


def _names(campaign: Campaign) -> list[str]:
    db.session.expire_all()
    shown = queries.shown(campaign, "nl")
    assert shown is not None
    assert shown.total == len(shown.names)
    return [row.name for row in shown.names]


def test_a_name_stands_there_once_its_mailbox_confirmed_and_staff_agreed(smtp: Sink) -> None:
    campaign, by = charter(), make.account().id
    row = sign(campaign, name="Militantenkern De Linde")
    assert _names(campaign) == []
    with transaction():
        service.confirm(mails.token(row))
    assert _names(campaign) == []
    with transaction():
        service.show(row, by=by)
    assert _names(campaign) == ["Militantenkern De Linde"]
    deliver()
    assert [str(mail["Subject"]) for mail in smtp.messages] == [
        "Bevestig voor Militantenkern De Linde: Titel nl",
        "Militantenkern De Linde staat onder het charter",
    ]


def test_staff_cannot_put_a_name_there_that_nobody_confirmed() -> None:
    row = sign(charter())
    with pytest.raises(Conflict), transaction():
        service.show(row, by=make.account().id)


def test_the_same_form_twice_is_one_signature_and_one_mail_and_another_form_another_mail() -> None:
    campaign = charter()
    assert sign(campaign, turn="a").id == sign(campaign, turn="a").id == sign(campaign, turn="b").id
    assert len(list(db.session.scalars(select(Delivery)))) == 2


def test_a_repeated_form_changes_nothing_of_what_was_filled_in_first() -> None:
    campaign = charter()
    sign(campaign, turn="a", contact="Rosa")
    assert sign(campaign, turn="b", contact="Een ander").contact == "Rosa"


def test_an_organisation_stands_there_once_however_it_is_written() -> None:
    campaign, by = charter(), make.account().id
    first = _confirmed(campaign, name="Zorg & Welzijn Gent")
    second = _confirmed(campaign, name="ZORG & WELZIJN, GENT", email="ander@voorbeeld.example")
    with transaction():
        service.show(first, by=by)
    assert queries.namesakes(second)
    with pytest.raises(Conflict), transaction():
        service.show(second, by=by)
    assert _names(campaign) == ["Zorg & Welzijn Gent"]


def test_a_refusal_needs_a_reason_that_its_contact_reads_and_can_be_undone(smtp: Sink) -> None:
    campaign, by = charter(), make.account().id
    row = _confirmed(campaign)
    with pytest.raises(DomainError), transaction():
        service.refuse(row, reason="", by=by)
    with transaction():
        service.refuse(service.of_campaign(campaign.id, row.id), reason="We vinden jullie niet terug.", by=by)
    deliver()
    body = smtp.messages[-1].get_body(("plain",))
    assert body is not None
    assert "We vinden jullie niet terug." in body.get_content()
    with transaction():
        service.show(service.of_campaign(campaign.id, row.id), by=by)
    assert len(_names(campaign)) == 1


def test_taking_a_name_back_erases_everything_and_our_copies_of_the_mails() -> None:
    campaign = charter()
    row = _confirmed(campaign)
    token = mails.token(row)
    with transaction():
        service.take_back(token)
    assert list(db.session.scalars(select(CoSigner))) == []
    assert [each.address for each in db.session.scalars(select(Delivery))] == [None]
    with transaction():
        service.take_back(token)  # pressed again: what was asked for is done
    with pytest.raises(Gone):
        service.of_token(token)


@pytest.mark.parametrize("token", ["", "vals", "W10.x", "\x00"])
def test_a_damaged_link_says_so(token: str) -> None:
    with pytest.raises(NotFound):
        service.of_token(token)


def test_who_signed_is_ciphertext() -> None:
    sign(charter(), contact="Rosa Voorbeeld", role="secretaris", email="rosa@voorbeeld.example")
    row = db.session.execute(text("SELECT * FROM co_signer")).one()
    said = " ".join(repr(bytes(each)) if isinstance(each, memoryview) else repr(each) for each in row)
    for word in ("Rosa", "secretaris", "rosa@"):
        assert word not in said


@pytest.mark.parametrize("state", ["paused", "closed", "won", "handed_over"])
def test_a_campaign_that_is_not_open_takes_no_names(state: str) -> None:
    campaign = charter()
    campaign.state = state
    db.session.commit()
    with pytest.raises(Gone):
        sign(campaign)


def test_a_closed_charter_keeps_its_names_and_takes_no_new_ones() -> None:
    campaign, by = charter(), make.account().id
    row = _confirmed(campaign, name="Eerste")
    with transaction():
        service.show(row, by=by)
        service.close(campaign, by=by)
    assert _names(campaign) == ["Eerste"]
    with pytest.raises(Gone):
        sign(campaign, name="Tweede")


def test_the_text_that_was_signed_can_no_longer_change_but_can_be_translated() -> None:
    campaign, by = charter(), make.account().id
    sign(campaign)
    with transaction():  # nobody confirmed yet
        service.write(campaign, language="nl", title="Charter", body="Beter.", by=by)
    _confirmed(campaign, name="Andere")
    with pytest.raises(Conflict), transaction():
        service.write(campaign, language="nl", title="Charter", body="Iets heel anders.", by=by)
    with transaction():
        service.write(campaign, language="fr", title="Charte", body="Mieux.", by=by)
    shown = queries.shown(campaign, "fr")
    assert shown is not None
    assert (shown.text.language, shown.languages) == ("fr", ("fr", "nl"))


def test_it_cannot_open_before_it_is_written() -> None:
    with pytest.raises(Conflict), transaction():
        service.open_(make.campaign(), by=make.account().id)


def test_on_paper_it_stands_there_at_once_and_without_a_person() -> None:
    campaign, by = charter(), make.account().id
    held = queries.of(campaign.id)
    assert held is not None
    with transaction():
        row = service.add(held, said=Said("Vereniging Voorbeeld", "movement", "Gent", "BE"), by=by)
    assert (row.email, row.contact) == (None, None)
    assert _names(campaign) == ["Vereniging Voorbeeld"]
    with pytest.raises(Conflict), transaction():
        service.add(held, said=Said("vereniging voorbeeld", "movement", "Gent", "BE"), by=by)


def test_what_was_kept_long_enough_goes() -> None:
    campaign, by = charter(), make.account().id
    late, fresh = sign(campaign, name="Laat"), sign(campaign, name="Vers")
    refused, shown = _confirmed(campaign, name="Geweigerd"), _confirmed(campaign, name="Getoond")
    with transaction():
        service.refuse(refused, reason="Neen.", by=by)
        service.show(shown, by=by)
        db.session.execute(update(CoSigner).where(CoSigner.id == late.id).values(created_at=now() - timedelta(days=15)))
        db.session.execute(
            update(CoSigner).where(CoSigner.id == refused.id).values(decided_at=now() - timedelta(days=31))
        )
    with transaction():
        assert service.tidy() == 2
    assert set(db.session.scalars(select(CoSigner.id))) == {fresh.id, shown.id}
    campaign.state, campaign.closed_at = "won", now() - timedelta(days=184)
    db.session.commit()
    with transaction():
        assert service.tidy() == 1
    db.session.expire_all()
    left = db.session.scalars(select(CoSigner)).one()
    assert (left.name, left.email, left.contact, left.role, left.mailbox) == ("Getoond", None, None, None, None)
