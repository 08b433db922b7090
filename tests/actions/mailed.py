"""What stands in a confirmation mail."""

import re

from tests.conftest import Sink


def link(smtp: Sink, at: int = -1) -> str:
    """The path of the link in a mail that came in."""
    body = smtp.messages[at].get_body(("plain",))
    assert body is not None
    found = re.search(r"http://localhost(/confirm/[^\s/]+)\s", body.get_content())
    assert found
    return found[1]
