"""The promise to a local: the form on its own site, and the signature carries the local.

What the widget does in a page (heights, two at once, hostile pages) is in tests/widgets/test_browser.py.
Here the demo's local site, on another port, and the whole house behind it.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from campaigner.actions.models import Action
from campaigner.core.db import db
from campaigner.demo import known
from campaigner.supporters.models import Permission, Supporter
from tests import make
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, link_in
from tests.journeys.test_acts import CONFIRM

pytestmark = pytest.mark.browser
Visits = Callable[..., Visit]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_member_signs_on_the_locals_site_and_the_signature_carries_the_local(
    visit: Visits, stage: Stage, width: int
) -> None:
    visitor = visit(width=width)
    visitor.home = stage.local
    page = visitor.page
    visitor.goto("/")
    frame = page.frame_locator("iframe.campaigner-widget")
    typed = make.form()
    for name in ("first_name", "last_name", "email", "postcode"):
        frame.locator(f"[name={name}]").fill(typed[name])
    assert frame.locator("input:checked").count() == 0
    frame.locator("[name=mail_local][value=yes]").check()
    frame.locator("[name=agree]").check()
    frame.locator("button[type=submit]").click()
    expect(frame.locator("h2").first).to_contain_text("Fatiha")
    assert page.url == f"{stage.local}/"
    assert visitor.context.cookies() == []
    assert visitor.foreign == {stage.url.removeprefix("http://")}
    assert visitor.complaints == []

    page.goto(link_in(stage.mail_to(typed["email"]), CONFIRM))
    page.locator("main form button[type=submit]:not([name])").click()
    page.wait_for_url(re.compile("/done$"))
    with stage.app.app_context():
        supporter = next(row for row in db.session.scalars(select(Supporter)) if row.email == typed["email"])
        action = db.session.scalars(select(Action).filter_by(supporter_id=supporter.id)).one()
        assert action.state == "confirmed"
        assert action.placement is not None
        assert action.placement.organisation.slug == known.LOCAL_SLUG
        assert (action.channel, action.site_verified) == ("widget", True)
        assert action.site_host == stage.local.removeprefix("http://")
        allowed = db.session.scalars(select(Permission).filter_by(supporter_id=supporter.id, purpose="mail")).all()
        assert [(row.organisation_id, row.value) for row in allowed] == [(action.placement.organisation_id, True)]
        db.session.remove()
