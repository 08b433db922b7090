"""How settings are written: what cannot be meant is refused at the start, with what is wrong."""

import pytest

from campaigner import spelling
from campaigner.spelling import Cap, Relay


def test_a_relay_is_read_with_all_it_says() -> None:
    second, third = spelling.relays(
        "second=smtp://us%40er:p%3Aw@Mail.Voorbeeld.example:587?tls=1&weight=2&rate=600/minute third=smtps://smtp.elders.example"
    )
    assert second == Relay("second", "mail.voorbeeld.example", 587, True, False, "us@er", "p:w", 2, 10.0)
    assert third == Relay("third", "smtp.elders.example", 465, use_ssl=True, weight=1)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("b=smtp://mail.example?wieght=2", "wieght"),
        ("b=smtp://mail.example?weight=2&weight=3", "twice"),
        ("b=smtp://one.example,c=smtp://two.example", "is none"),
        ("b=smtps://mail.example?tls=1", "smtps"),
        ("b=smtp://mail.example?weight=0", "weight"),
        ("b=smtp://mail.example?weight=²", "weight"),
        ("b=smtp://mail.example?rate=fast", "relay b an option that is 'fast'"),
        ("b=smtp://mail.example:99999", "is none"),
        ("b=http://mail.example", "is none"),
        ("b=smtp://mail.example/inbox", "is none"),
        ("main=smtp://mail.example", "main"),
    ],
)
def test_a_relay_that_says_something_else_is_refused(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        spelling.relays(written)


def test_what_is_refused_does_not_print_a_password() -> None:
    with pytest.raises(ValueError, match="none") as refused:
        spelling.relays("b=http://me:secret@mail.example")
    assert "secret" not in str(refused.value)


def test_rates_are_known_by_any_domain_of_a_provider() -> None:
    found = spelling.rates("hotmail.com=10/second, telenet.be=600/minute, other=1/second")
    assert found == (("outlook.com", 10.0), ("telenet.be", 10.0), ("other", 1.0))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("gmial.com=10/second", "known are"),
        ("outlook.com=10/second,hotmail.be=5/second", "outlook.com twice"),
        ("gmail.com=", "use for example"),
        ("gmail.com", "use for example"),
        ("gmail.com=²/second", "use for example"),
    ],
)
def test_rates_that_would_do_nothing_are_refused(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        spelling.rates(written)


@pytest.mark.parametrize("written", ["5/99999999999", "²/7", "0/7", "5", "5/7/9"])
def test_a_cap_that_cannot_be_counted_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="alerts/days"):
        spelling.cap(written)
    assert spelling.cap("") == Cap(5, 7)


@pytest.mark.parametrize("written", ["²/second", "1e3/second", "-5/second", "600/fortnight", "99999999999999999/day"])
def test_a_rate_is_a_number_and_a_unit(written: str) -> None:
    with pytest.raises(ValueError, match="600/minute"):
        spelling.rate(written)
