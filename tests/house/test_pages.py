"""Pages for people: links lead somewhere, and the changelog has a place for the next change."""

import re
from pathlib import Path
from urllib.parse import unquote

from tests.house.reading import ROOT, files, write

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
UNRELEASED = re.compile(r"^## \[?Unreleased\]?", re.MULTILINE)


def broken_links(root: Path) -> list[str]:
    """Relative links, with their anchors, that lead nowhere."""
    return [
        f"{page.relative_to(root)} links to {target}, which is not there"
        for page in files(root, "*.md")
        for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
        if not re.match(r"[a-z]+:", target) and not _leads_somewhere(page, target)
    ]


def _leads_somewhere(page: Path, target: str) -> bool:
    name, _, anchor = unquote(target).partition("#")
    place = page.parent / name if name else page
    return place.exists() and (not anchor or place.is_dir() or anchor in _anchors(place))


def _anchors(page: Path) -> set[str]:
    """Anchors as forges make them of headings."""
    titles = HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def changelog_faults(root: Path) -> list[str]:
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    return [] if UNRELEASED.search(text) else ["CHANGELOG.md has no Unreleased section"]


def test_every_link_of_every_page_leads_somewhere() -> None:
    assert broken_links(ROOT) == []


def test_the_changelog_takes_the_next_change() -> None:
    assert changelog_faults(ROOT) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = "# A Page\n[a](b.md) [b](c.md#no) [c](#a-page) [d](https://x.example) ![e](<f.png>)\n```\n[f](g.md)\n```\n"
    write(tmp_path, {"README.md": page, "b.md": "", "c.md": "# Yes\n"})

    assert [fault.split(" ")[3] for fault in broken_links(tmp_path)] == ["c.md#no,", "f.png,"]


def test_a_changelog_without_unreleased_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"CHANGELOG.md": "# Changelog\n\n## 0.1.0\n"})

    assert changelog_faults(tmp_path) == ["CHANGELOG.md has no Unreleased section"]
