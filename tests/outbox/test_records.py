"""SPF, DKIM, DMARC, MX and reverse DNS, each as a receiver judges it, asked of a name server that really answers."""

from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from campaigner.config import Settings
from campaigner.outbox import dkim, dmarc, dns, records, spf
from campaigner.spelling import Relay
from tests.outbox.names import DOMAIN, HERE, RECORD, TEXT, Names


@dataclass
class Zone:
    """A question or two about one zone."""

    names: Names

    @property
    def dns(self) -> dns.Dns:
        """A fresh one: it remembers what it heard."""
        return dns.Dns(self.names.address)

    def spf(self, *texts: str, address: str = HERE) -> spf.Verdict:
        """What a receiver says of these SPF records."""
        self.names.text(DOMAIN, *texts)
        return spf.judge(self.dns, DOMAIN, ip_address(address))

    def policy(self, text: str | None, sender: str = DOMAIN, signer: str | None = DOMAIN, returns: str = DOMAIN) -> Any:
        """What is found of a DMARC record."""
        self.names.zone.pop((f"_dmarc.{DOMAIN}", "TXT"))
        if text is not None:
            self.names.text(f"_dmarc.{DOMAIN}", text)
        return dmarc.policy(self.dns, sender=sender, signer=signer, returns=returns)


@pytest.fixture
def zone(names: Names) -> Zone:
    """The zone of the good operator, and what it includes."""
    names.text("_spf.elders.example", "v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/32 a:uit.elders.example ?all")
    names.zone["uit.elders.example", "A"] = ["203.0.113.7"]
    names.zone["uit.elders.example", "AAAA"] = ["2001:db8:1::7"]
    names.text("weigert.example", "v=spf1 ip4:203.0.113.0/24 -all")
    return Zone(names)


@pytest.mark.parametrize(
    ("text", "address", "result"),
    [
        ("v=spf1 ip4:192.0.2.10 -all", HERE, "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", HERE, "pass"),
        ("v=spf1 IP4:192.0.2.0/28 -ALL", HERE, "pass"),
        ("v=spf1 ip4:192.0.2.11 -all", HERE, "fail"),
        ("v=spf1 ip4:192.0.2.11 ~all", HERE, "softfail"),
        ("v=spf1 ip4:192.0.2.11", HERE, "neutral"),
        ("v=spf1 ?ip4:192.0.2.10 -all", HERE, "neutral"),
        ("v=spf1 -ip4:192.0.2.10 +all", HERE, "fail"),
        ("v=spf1 +all", HERE, "pass"),
        ("v=spf1", HERE, "neutral"),
        ("v=spf10 +all", HERE, "none"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", HERE, "fail"),
        ("v=spf1 a:uit.voorbeeld.example -all", HERE, "pass"),
        ("v=spf1 a:uit.elders.example/24 -all", "203.0.113.200", "pass"),
        ("v=spf1 a:uit.elders.example/24//48 -all", "2001:db8:1::99", "pass"),
        ("v=spf1 a:uit.elders.example//48 -all", "203.0.113.200", "fail"),
        ("v=spf1 a:uit.elders.example -all", "2001:db8:1::7", "pass"),
        ("v=spf1 a -all", HERE, "fail"),
        ("v=spf1 mx -all", "192.0.2.20", "pass"),
        ("v=spf1 mx/24 -all", HERE, "pass"),
        ("v=spf1 mx -all", HERE, "fail"),
        ("v=spf1 include:_spf.elders.example -all", "198.51.100.3", "pass"),
        ("v=spf1 include:_spf.elders.example -all", HERE, "fail"),
        ("v=spf1 include:weigert.example ~all", HERE, "softfail"),
        ("v=spf1 redirect=weigert.example", HERE, "fail"),
        ("v=spf1 redirect=_spf.elders.example", "198.51.100.3", "pass"),
        ("v=spf1 redirect=weigert.example ?all", HERE, "neutral"),
        ("v=spf1 exp=uitleg.voorbeeld.example x-nieuw=a/b -all", HERE, "fail"),
        ("v=spf1 exists:%{i}.wit.example -all", HERE, "unsure"),
        ("v=spf1 exists:%{i}.wit.example ip4:192.0.2.10 -all", HERE, "pass"),
        ("v=spf1 ptr -all", HERE, "unsure"),
        ("v=spf1 include:%{d}.elders.example -all", HERE, "unsure"),
        ("v=spf1 redirect=%{d}.elders.example", HERE, "unsure"),
        ("v=spf1 ip4:192.0.2.999 -all", HERE, "permerror"),
        ("v=spf1 ip4:192.0.2.0/99 -all", HERE, "permerror"),
        ("v=spf1 a:uit.elders.example/99 -all", "203.0.113.7", "permerror"),
        ("v=spf1 nieuwigheid:x -all", HERE, "permerror"),
        ("v=spf1 ,, -all", HERE, "permerror"),
        ("v=spf1 include:nergens.example -all", HERE, "permerror"),
        ("v=spf1 redirect=nergens.example", HERE, "permerror"),
        ("v=spf1 include:voorbeeld.example -all", HERE, "permerror"),
        ("v=spf1 " + "a:uit.elders.example " * 11 + "-all", HERE, "permerror"),
        ("v=spf1 " + "a:uit.elders.example " * 10 + "-all", HERE, "fail"),
    ],
)  # fmt: skip
def test_spf_is_judged_as_a_receiver_does(zone: Zone, text: str, address: str, result: str) -> None:
    assert zone.spf(text, address=address).result == result


def test_two_spf_records_are_an_error_and_none_is_none(zone: Zone) -> None:
    assert zone.spf("v=spf1 +all", "v=spf1 -all").result == "permerror"
    assert zone.spf("iets anders").result == "none"


@pytest.mark.parametrize(
    ("texts", "state", "publish"),
    [
        (["v=spf1 mx -all"], "wrong", f"v=spf1 mx ip4:{HERE} -all"),
        (["v=spf1 mx redirect=weigert.example"], "wrong", f"v=spf1 mx ip4:{HERE} redirect=weigert.example"),
        (["v=spf1 mx"], "wrong", f"v=spf1 mx ip4:{HERE}"),
        (["v=spf1 mx -all", "v=spf1 a ~all"], "wrong", f"v=spf1 a mx ip4:{HERE} -all"),
        (["v=spf1 -all"], "wrong", f"v=spf1 ip4:{HERE} -all"),
        (["v=spf1 mx +all"], "wrong", "v=spf1 mx +all"),
        ([], "missing", f"v=spf1 ip4:{HERE} ~all"),
        ([f"v=spf1 ip4:{HERE} -all"], "ok", ""),
    ],
)
def test_the_spf_record_to_publish_keeps_what_was_there(zone: Zone, texts: list[str], state: str, publish: str) -> None:
    zone.names.text(DOMAIN, *texts)
    found = records.sender_policy(zone.dns, DOMAIN, records.Outgoing((ip_address(HERE),), True))
    assert found.state == state
    assert found.publish == (f'{DOMAIN}. IN TXT "{publish}"' if publish else "")


def test_addresses_of_a_strangers_relay_are_a_guess_and_said_to_be(zone: Zone, chosen: Settings) -> None:
    zone.names.zone["smtp.elders.example", "A"] = ["203.0.113.5"]
    theirs = records.outgoing(replace(chosen, mail_server="smtp.elders.example"), zone.dns)
    assert theirs == records.Outgoing((ip_address("203.0.113.5"),), False)
    found = records.sender_policy(zone.dns, DOMAIN, theirs)
    assert found.state == "unsure"
    assert "--sends-from" in found.words
    assert {found.state for found in records.reverse(zone.dns, theirs)} == {"unsure"}

    ours = records.outgoing(replace(chosen, mail_server=f"Uit.{DOMAIN}"), zone.dns)
    assert ours == records.Outgoing((ip_address(HERE),), True, f"uit.{DOMAIN}")
    both = replace(chosen, mail_server=f"uit.{DOMAIN}", mail_relays=(Relay("b", "smtp.elders.example"),))
    assert records.outgoing(both, zone.dns).certain is False
    for inside in ("127.0.0.1", "localhost", "postfix", "10.1.2.3"):
        assert records.outgoing(replace(chosen, mail_server=inside), zone.dns) == records.Outgoing((), False)


@pytest.mark.parametrize(
    ("texts", "state", "words"),
    [
        ([RECORD], "ok", "2048 bits"),
        ([RECORD.replace("; ", ";")], "ok", "2048 bits"),
        ([], "missing", "no record"),
        ([RECORD, "v=DKIM1; p="], "wrong", "2 records"),
        ([RECORD[:255]], "wrong", "cut off"),
        (["v=DKIM1; k=rsa; p="], "wrong", "withdrawn"),
        ([RECORD.replace("k=rsa", "k=rsa; t=y:s")], "wrong", "t=y"),
        ([RECORD.replace("k=rsa", "k=rsa; t=s")], "ok", "2048 bits"),
        (["\x1b[31mv=DKIM1"], "wrong", "not a DKIM record"),
    ],
)
def test_the_dkim_record_is_compared_with_our_key(zone: Zone, texts: list[str], state: str, words: str) -> None:
    zone.names.text(f"mei._domainkey.{DOMAIN}", *texts)
    found = records.signing_key(zone.dns, dkim.Signer(DOMAIN, "mei", TEXT))
    assert found.state == state
    assert words in found.words
    assert bool(found.publish) is (state != "ok")


def test_the_record_of_another_key_is_wrong(zone: Zone) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    zone.names.text(f"mei._domainkey.{DOMAIN}", dkim.record(other.public_key()))
    assert "another key" in records.signing_key(zone.dns, dkim.Signer(DOMAIN, "mei", TEXT)).words


SUB = f"acties.{DOMAIN}"


@pytest.mark.parametrize(
    ("text", "options", "state", "words"),
    [
        ("v=DMARC1; p=none", {}, "ok", "p=none; DKIM in line"),
        ("v=DMARC1;p=reject;", {}, "ok", "p=reject"),
        (None, {}, "missing", "no record"),
        ("v=DMARC1; p=hard", {}, "wrong", "'hard'"),
        ("v=DMARC1", {}, "wrong", "''"),
        ("v=DMARC1; p=none", {"sender": SUB, "signer": SUB}, "ok", "p=none; DKIM in line"),
        ("v=DMARC1; p=none; sp=reject", {"sender": SUB}, "ok", "p=reject"),
        ("v=DMARC1; p=none", {"sender": SUB, "signer": f"post.{DOMAIN}"}, "ok", "DKIM in line"),
        ("v=DMARC1; p=none; adkim=s", {"sender": SUB}, "ok", "DKIM not in line (voorbeeld.example), SPF in line"),
        ("v=DMARC1; p=none; adkim=s; aspf=s", {"sender": SUB}, "wrong", "MAIL_DKIM_DOMAIN"),
        ("v=DMARC1; p=none", {"signer": "elders.example", "returns": "elders.example"}, "wrong", "MAIL_DKIM_DOMAIN"),
        ("v=DMARC1; p=none", {"signer": "elders.example"}, "ok", "DKIM not in line (elders.example), SPF in line"),
        ("v=DMARC1; p=none", {"signer": "nietvoorbeeld.example", "returns": "x.y"}, "wrong", "not in line"),
        ("v=DMARC1; p=none", {"signer": None}, "ok", "the relay signs"),
        ("v=DMARC1; p=none", {"signer": None, "returns": "elders.example"}, "unsure", "your relay signs"),
    ],
)
def test_dmarc_and_who_is_in_line_with_it(
    zone: Zone, text: str | None, options: dict[str, Any], state: str, words: str
) -> None:
    found = zone.policy(text, **options)
    assert found.state == state, found
    assert words in found.words


def test_two_dmarc_records_count_as_none(zone: Zone) -> None:
    zone.names.text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none", "v=DMARC1; p=reject")
    found = dmarc.policy(zone.dns, sender=DOMAIN, signer=DOMAIN, returns=DOMAIN)
    assert found.state == "wrong"


@pytest.mark.parametrize(
    ("mx", "hosts", "state"),
    [
        ([f"10 mx.{DOMAIN}."], {}, "ok"),
        (["0 ."], {}, "wrong"),
        (["10 weg.voorbeeld.example."], {}, "wrong"),
        ([], {}, "missing"),
        ([], {DOMAIN: ["192.0.2.30"]}, "ok"),
    ],
)
def test_bounces_need_somebody_who_takes_them(
    zone: Zone, mx: list[str], hosts: dict[str, list[str]], state: str
) -> None:
    zone.names.zone[DOMAIN, "MX"] = mx
    zone.names.zone |= {(name, "A"): values for name, values in hosts.items()}
    assert records.exchange(zone.dns, DOMAIN).state == state


def test_reverse_dns_must_lead_back(zone: Zone) -> None:
    out = records.Outgoing((ip_address(HERE), ip_address("192.0.2.11"), ip_address("2001:db8::5")), True, "uit.x")
    zone.names.zone["11.2.0.192.in-addr.arpa", "PTR"] = [f"uit.{DOMAIN}."]
    found = list(records.reverse(zone.dns, out))
    assert [each.state for each in found] == ["ok", "wrong", "missing"]
    assert found[2].publish == f"{ip_address('2001:db8::5').reverse_pointer}. IN PTR uit.x."
