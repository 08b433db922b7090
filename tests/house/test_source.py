"""How the code is written, where no other tool looks."""

import ast
import re
from pathlib import Path

import pytest

from campaigner.core import assets
from tests.conftest import TOP

CODE = sorted((TOP / "campaigner").rglob("*.py"))
LINES = 350
LONGER = {
    "campaigner/core/art.py": "drawings: one long list of shapes",
}
GUARDS = {
    "campaigner/rounds.py": "the reconciler: one step's fault must not stop the others; it is logged by name",
}
LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
BANNED = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common)(_|$)")


def _at(path: Path) -> str:
    return path.relative_to(TOP).as_posix()


def test_no_file_grows_out_of_one_view() -> None:
    long = {_at(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    assert {name: lines for name, lines in long.items() if lines > LINES and name not in LONGER} == {}


def test_the_list_of_long_files_holds_no_file_that_is_short_again() -> None:
    for name in LONGER:
        assert len((TOP / name).read_text(encoding="utf-8").splitlines()) > LINES, name


def test_nothing_is_swallowed_whole() -> None:
    """`except Exception` in a job would let RQ see success while the mail is gone."""
    found = [
        f"{_at(path)}:{node.lineno}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node)
    ]
    assert sorted(place.partition(":")[0] for place in found) == sorted(GUARDS), found


def _catches_everything(node: ast.ExceptHandler) -> bool:
    if node.type is None:
        return True
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    names = {getattr(kind, "id", getattr(kind, "attr", "")) for kind in kinds}
    raised_again = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
    return "Exception" in names or ("BaseException" in names and not raised_again)


def test_nothing_is_left_for_later() -> None:
    files = [*CODE, *(TOP / "templates").rglob("*.*"), *(TOP / "campaigner" / "static").rglob("*.*")]
    assert [_at(path) for path in files if path.is_file() and LEFTOVERS.search(path.read_text(encoding="utf-8"))] == []


def test_modules_are_named_after_what_they_are_about() -> None:
    names = [part for path in CODE for part in path.relative_to(TOP).with_suffix("").parts]
    assert [name for name in names if BANNED.search(name)] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [_at(path) for path in CODE if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


def test_migrations_import_nothing_of_the_application() -> None:
    for path in (TOP / "migrations" / "versions").glob("*.py"):
        assert not re.search(r"^\s*(from|import) campaigner", path.read_text(encoding="utf-8"), re.M), path.name


def test_no_settings_are_read_when_a_module_is_imported() -> None:
    for path in CODE:
        top = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.Assign)]
        assert not any("current_app" in ast.unparse(node) or "environ" in ast.unparse(node) for node in top), _at(path)


@pytest.mark.parametrize("name", assets.BUNDLES)
def test_every_bundle_is_made_of_files_that_exist(name: str) -> None:
    assert all((assets.STATIC / part).is_file() for part in assets.BUNDLES[name])
    assert len(assets.text(name)) > 100


def test_every_style_sheet_and_script_is_in_a_bundle() -> None:
    used = {part for parts in assets.BUNDLES.values() for part in parts}
    there = {path.relative_to(assets.STATIC).as_posix() for path in assets.STATIC.rglob("*.*") if path.is_file()}
    assert {name for name in there if name.endswith((".css", ".js"))} == used


def test_every_asset_a_template_asks_for_is_a_bundle() -> None:
    asked = {
        name
        for path in (TOP / "templates").rglob("*.html")
        for name in re.findall(r"(?:asset_url|inline)\(\s*['\"]([^'\"]+)['\"]", path.read_text(encoding="utf-8"))
    }
    assert asked
    assert asked <= assets.BUNDLES.keys()


def test_nothing_in_a_page_comes_from_elsewhere() -> None:
    """Style sheets, scripts, fonts and pictures are ours; other sites are linked to, never loaded."""
    loaded = re.compile(r"(?:src|srcset|poster)=[\"'](?:https?:)?//|url\([\"']?(?:https?:)?//|@import")
    files = [*(TOP / "templates").rglob("*.html"), *(TOP / "campaigner" / "static").rglob("*.css")]
    assert [_at(path) for path in files if loaded.search(path.read_text(encoding="utf-8"))] == []
