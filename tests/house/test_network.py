"""Nothing that runs in the tests talks to another machine."""

import smtplib
import socket
import urllib.request

import pytest

from tests.house import network

ELSEWHERE = "192.0.2.1"  # RFC 5737: documentation, nobody's


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as probe:
        for call in (probe.connect, probe.connect_ex):
            with pytest.raises(network.OutsideError):
                call((ELSEWHERE, 80))
    with pytest.raises(network.OutsideError):
        socket.create_connection((ELSEWHERE, 80))


def test_a_datagram_and_a_question_for_a_name_are_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as probe, pytest.raises(network.OutsideError):
        probe.sendto(b"x", (ELSEWHERE, 53))
    with pytest.raises(network.OutsideError):
        socket.getaddrinfo("voorbeeld.example", 80)


def test_the_libraries_on_top_of_it_are_refused_too() -> None:
    with pytest.raises(network.OutsideError):
        urllib.request.urlopen(f"http://{ELSEWHERE}/")
    with pytest.raises(network.OutsideError):
        smtplib.SMTP(ELSEWHERE)


def test_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as probe:
        assert probe.getpeername() == server.getsockname()
