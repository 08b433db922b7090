"""Templates compile, carry no script of their own, and every page has its place."""

from flask import Flask

from campaigner import check


def test_every_template_compiles(app: Flask) -> None:
    assert len(check.names()) > 50
    assert check.compiled(app) == []


def test_no_page_has_a_script_or_a_style_sheet_written_into_it() -> None:
    assert check.inline() == []


def test_the_check_finds_a_script_that_stands_in_a_page() -> None:
    assert check.SCRIPT.search('<p onclick="x()">')
    assert check.SCRIPT.search("<script>x</script>")
    assert check.SCRIPT.search("<style>")
    assert not check.SCRIPT.search('<script src="/x.js" defer></script>')
    assert not check.SCRIPT.search('<script type="application/ld+json">{}</script>')
    assert check.SCRIPT.search('<script type="module">x</script>')


def test_every_template_is_used() -> None:
    """A template that no code and no other template names is dead."""
    code = "\n".join(p.read_text(encoding="utf-8") for p in (check.TOP / "campaigner").rglob("*.py"))
    pages = {name: (check.TEMPLATES / name).read_text(encoding="utf-8") for name in check.names()}
    dead = []
    for name in pages:
        others = "\n".join(text for other, text in pages.items() if other != name)
        stem = name.partition(".")[0]
        by_library = name.startswith("security/")
        mail = "/mails/" in name and f'"{stem}"' in code
        if not (by_library or mail or f'"{name}"' in code or f'"{name}"' in others):
            dead.append(name)
    assert dead == []
