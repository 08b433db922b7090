"""The fictional local's page: the embed snippet once, on a page that says it is made up."""

from campaigner.demo import local_site


def test_the_page_holds_the_snippet_of_the_placement_once() -> None:
    page = local_site.page(public_url="http://localhost:5000/", key="abc").decode()
    assert page.count('<a class="campaigner-widget" href="http://localhost:5000/w/abc">') == 1
    assert page.count('<script async src="http://localhost:5000/embed.js"></script>') == 1
    assert local_site.PLACE not in page


def test_the_page_says_in_its_own_language_that_it_is_an_example() -> None:
    page = local_site.page(public_url="http://localhost:5000", key="abc").decode()
    assert '<html lang="nl">' in page
    assert "Deze afdeling en haar nieuws zijn verzonnen" in page


def test_another_page_shows_every_rung_live() -> None:
    page = local_site.page(public_url="http://localhost:5000/", key="abc", path="/examples").decode()
    for rung in (
        "/s/abc",
        "/w/abc/badge.png",
        'class="campaigner-widget"',
        '<iframe src="',
        "sandbox=",
        'method="post"',
    ):
        assert rung in page
    assert "{{" not in page
