"""An alert as a mail: safe, readable, with its marks open until the last moment."""

import re
from email import message_from_bytes, policy

import pytest

from campaigner.actions.models import Tally
from campaigner.alerts import markup, render
from campaigner.core.db import db
from campaigner.outbox import slots
from tests import make

pytestmark = pytest.mark.usefixtures("session")


def content(settings, **words):
    alert = make.alert(make.campaign(), **words)
    return render.content(alert, alert.language, settings)


def test_the_marks_are_left_open_for_each_person(settings):
    words = content(settings, subject="Kijk, {{voornaam}}")
    assert words["subject"] == "Kijk, {{voornaam}}"
    assert slots.names(words["text"]) == slots.names(words["html"]) == {"voornaam", "knop", "afmelden"}
    for part in ("subject", "text", "html"):
        slots.check(words[part])


def sample(settings, *, first_name, **words):
    alert = make.alert(make.campaign(), **words)
    return render.mail(alert, alert.language, settings, first_name=first_name)


def test_one_person_reads_their_name_and_their_own_way_out(settings):
    mail = sample(settings, first_name="Fatiha")
    assert "Dag Fatiha,\n" in mail.text
    way_out = re.search(r"https?://\S+/u/\S+", mail.text)[0]
    assert f'href="{way_out}"' in mail.html


def test_someone_without_a_name_reads_a_whole_sentence(settings):
    mail = sample(settings, first_name="")
    assert "Dag,\n" in mail.text
    assert "Dag,</p>" in mail.html


def test_nothing_that_staff_write_is_run(settings):
    body = "Dag {{voornaam}}, {% raw %} {{ 'x' }}<script>alert(1)</script> [x](javascript:alert(1)) ![p](https://x.example/p.png)"
    with pytest.raises(slots.BadSlots):
        content(settings, body=body)
    html = content(settings, body=body.replace("{{ 'x' }}", ""), subject="<b>Kijk</b> & zie")["html"]
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "x.example/p.png" not in html
    assert "<b>Kijk</b>" not in html
    assert "&lt;b&gt;Kijk&lt;/b&gt; &amp; zie" in html


def test_no_request_leaves_an_opened_mail(settings):
    html = content(settings)["html"]
    assert not re.search(r"<(?:img|script|link|iframe|form)\b|@import|url\(", html)


def test_its_weight_stays_far_below_what_gmail_cuts_off(settings):
    assert len(content(settings, body="woord " * 3_300)["html"].encode()) < 102_000


def test_markdown_of_every_kind_survives_the_way_to_html(settings):
    body = "# Kop\n\n## Kop\n\n- een\n- twee\n\n1. eerst\n2. dan\n\n> citaat\n\nregel  \nbreuk & <meer>\n\n---\n\n[hier](https://a.example/?a=1&b=2)"
    html = content(settings, body=body)["html"]
    for piece in ("<li>een</li>", "<blockquote", "<br", "border-top:2px", "?a=1&amp;b=2", "breuk &amp; &lt;meer&gt;"):
        assert piece in html


def test_the_text_part_is_made_for_reading():
    source = "Dag {{voornaam}},\n\n**Vet** en *schuin*, [lees meer](https://a.example/lang).\n\n"
    source += "- een\n- twee\n  regels\n\n> zei ze\n\n1. eerst"
    read = "Dag {{voornaam}},\n\nVet en schuin, lees meer (https://a.example/lang).\n\n"
    assert markup.plain(source) == read + "- een\n- twee regels\n\n> zei ze\n\n1. eerst"
    long = "woord " * 40 + "https://a.example/" + "x" * 90
    lines = markup.plain(long).splitlines()
    assert max(len(line) for line in lines if "://" not in line) <= markup.WIDTH
    assert "https://a.example/" + "x" * 90 in lines[-1]


@pytest.mark.parametrize(
    ("language", "words"),
    [("nl", "Uitschrijven"), ("fr", "Se désinscrire"), ("en", "Unsubscribe"), ("es", "Darse de baja")],
)
def test_the_footer_speaks_the_language_of_the_alert(settings, language, words):
    mail = content(settings, language=language)
    assert words in mail["html"]
    assert words in mail["text"]
    assert f"Titel {language}" in mail["text"]
    assert f"/{language}/c/" in mail["button_url"]
    assert f'lang="{language}"' in mail["html"]


def test_the_tally_shows_what_was_counted_and_nothing_when_that_is_nothing(settings):
    campaign = make.campaign()
    alert = make.alert(campaign)
    assert "van 100" not in render.content(alert, "nl", settings)["text"]
    db.session.add(Tally(ask_id=campaign.asks[0].id, confirmed=40))
    db.session.flush()
    assert "40 van 100. Nog 60." in render.content(alert, "nl", settings)["text"]
    db.session.get(Tally, campaign.asks[0].id).confirmed = 100
    db.session.flush()
    assert "Het streefdoel is gehaald." in render.content(alert, "nl", settings)["text"]


def test_a_place_that_must_not_be_named_is_not_named(settings):
    campaign = make.campaign(country="HN", place_label="Midden-Amerika")
    html = render.content(make.alert(campaign), "nl", settings)["html"]
    assert "Midden-Amerika" in html
    assert "Honduras" not in html


def test_a_short_line_keeps_its_end_and_a_long_one_is_the_editors_wrapping():
    source = "Een regel die de editor zelf heeft afgebroken omdat hij te lang was\nloopt door.\n\nSolidair,\nFOS"
    html = str(markup.styled(source, ours="http://localhost"))
    assert "Solidair,<br/>\nFOS" in html
    assert "te lang was\nloopt door" in html
    assert markup.plain(source).endswith("Solidair,\nFOS")
    assert "te lang was\nloopt" in markup.plain(source) or "te lang was loopt" in markup.plain(source)


def test_a_link_to_the_act_is_a_button_alone_and_a_link_within_a_sentence(settings):
    words = content(settings, body="Dag, er is nieuws.\n\n[Teken *nu*](knop)\n\nOf [hier](knop) dus.")
    assert words["html"].count('href="{{knop}}"') == 3  # these two, and the button at the end
    button = r'background:#c5161c[^>]*><a href="\{\{knop\}\}" style="display:block[^>]*>Teken <em>nu</em></a>'
    assert re.search(button, words["html"])
    assert "Teken nu ({{knop}})" in words["text"]
    assert words["act"].isdecimal()


def test_pictures_of_ours_are_shown_with_their_words_and_those_of_others_are_not(settings):
    body = "Dag, kijk.\n\n![Een vol plein](http://localhost/nl/c/x/picture.png)\n\n![Spion](https://x.example/p.png)"
    html = content(settings, body=body)["html"]
    assert 'alt="Een vol plein"' in html
    assert "x.example" not in html
    assert html.count("<img") == 1
    assert "[Een vol plein]" in content(settings, body=body)["text"]


def test_facts_of_the_campaign_are_filled_in_for_everybody(settings):
    words = content(settings, subject="Al {{aantal}} van {{doel}}", body="Dag {{voornaam}}, dit is {{campagne}} nu.")
    assert words["subject"] == "Al 0 van 100"
    assert "dit is Titel nl nu" in words["text"]


def test_the_preview_is_what_the_engine_writes(settings):
    from campaigner.outbox.message import Writer
    from campaigner.outbox.models import Delivery, Mailing

    alert = make.alert(make.campaign(), subject="{{voornaam}}, kijk")
    shown = render.mail(alert, "nl", settings, first_name="Zoë")
    mailing = Mailing(id=7, queue="bulk", organisation_id=1, content={"nl": render.content(alert, "nl", settings)})
    moment = alert.changed_at
    row = Delivery(
        mailing_id=7, recipient="12", address="zoe@voorbeeld.example", first_name="Zoë", language="nl",
        created_at=moment, offered_at=moment,
    )  # fmt: skip
    sent = Writer(mailing, settings).letter(row, eight_bit=True).text
    html = message_from_bytes(sent, policy=policy.default).get_body(("html",)).get_content().replace("\r\n", "\n")
    links = re.compile(r"https?://[^\s\"<]+")  # the reader's own
    assert shown.subject == "Zoë, kijk"
    assert links.sub("", html) == links.sub("", shown.html)
