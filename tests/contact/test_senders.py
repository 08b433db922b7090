"""Addresses that never get an automatic answer."""

import pytest

from campaigner.contact import senders


@pytest.mark.parametrize(
    "address",
    [
        "no-reply@bedrijf.example",
        "noreply@bedrijf.example",
        "NoReply+4711@bedrijf.example",
        "do_not_reply@bedrijf.example",
        "ne-pas-repondre@firme.example",
        "MAILER-DAEMON@mail.example",
        "postmaster@mail.example",
        "bounces@mail.example",
        "steun-request@vereniging.example",
        "owner-steun@vereniging.example",
        "leden-bounces@vereniging.example",
        "leden@lists.vereniging.example",
        "leden@lijst.googlegroups.com",
        "leden@groups.io",
    ],
)
def test_programs_and_lists_are_known(address):
    assert senders.is_automaton(address)


@pytest.mark.parametrize(
    "address",
    [
        "greet@voorbeeld.be",
        "info@vakbond.example",
        "nora.noreply@voorbeeld.be",
        "rootsman@voorbeeld.be",
        "lists@voorbeeld.be",
        "redactie@weekblad.example",
        "evangelist@voorbeeld.be",
    ],
)
def test_people_are_not(address):
    assert not senders.is_automaton(address)
