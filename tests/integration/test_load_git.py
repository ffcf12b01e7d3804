"""Sessions under git: storms, half-done operations, revisions. Real git in a directory of its own."""

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.errors import MusterError
from controller.load.assemble import Here
from controller.load.forgetful import Forgetful
from controller.load.source import Source
from controller.model.loaded import Loaded
from controller.model.problem import Code
from tests.waiting import wait_for

FILES = 30
CHECKOUTS = 20
SETTLE = 0.2
FLEET = "defaults: {agent: demo}\n"


class Repository:
    """A repository whose sessions.d is read by a source."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.sessions = place / "sessions.d"
        self.sessions.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", ".")
        self.memory = Forgetful()
        self.source = self.fresh()

    def fresh(self) -> Source:
        return Source([self.sessions], self.memory, Here("here", {}), settle=SETTLE)

    def git(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.place, check=not fails, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, **texts: str) -> str:
        for stem, text in texts.items():
            (self.sessions / f"{stem}.yaml").write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def settled(self) -> Loaded:
        """Read until nothing is waited for."""

        def quiet() -> Loaded | None:
            reading = self.source.read()
            return None if reading.unsettled else reading.loaded

        loaded = wait_for(quiet, what="a settled reading")
        assert loaded is not None
        return loaded


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Give an empty repository."""
    return Repository(tmp_path / "repository")


def tiers(loaded: Loaded) -> dict[str, str | None]:
    return {name: one.spec.tier for name, one in loaded.sessions.items()}


def beside(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_law_6_a_storm_of_checkouts_moves_nothing_half(repository: Repository) -> None:
    """While git unlinks and writes file after file, no reading is empty, short, or of two revisions."""
    names = [f"s{number}" for number in range(FILES)]
    repository.commit(_fleet=FLEET, **dict.fromkeys(names, "tier: family\n"))
    repository.git("branch", "other")
    repository.commit(**dict.fromkeys(names, "tier: bots\nmodel: mini\n"))
    first = repository.settled()
    assert set(tiers(first).values()) == {"bots"}

    def storm() -> None:
        for number in range(CHECKOUTS):
            repository.git("checkout", "-q", "main" if number % 2 else "other")

    thread, seen = beside(storm), list[Loaded]()
    while thread.is_alive():
        loaded = repository.source.read().loaded
        if not seen or seen[-1] is not loaded:
            seen.append(loaded)
    thread.join()
    for loaded in seen:
        assert set(loaded.sessions) == set(names)
        assert len(set(tiers(loaded).values())) == 1
        assert loaded.problems == ()
    commit = repository.git("rev-parse", "HEAD")[:12]
    wait_for(lambda: repository.settled().revision == commit, what="the last revision")
    assert set(tiers(repository.settled()).values()) == {"bots"}


def test_law_6_a_conflict_moves_nothing(repository: Repository) -> None:
    """A merge that waits for a person leaves files of two worlds: nothing is gone or changed until it is done."""
    repository.commit(_fleet=FLEET, a="tier: family\n", b="tier: family\n")
    repository.git("checkout", "-q", "-b", "other")
    repository.commit(a="tier: bots\n", c="tier: bots\n")
    repository.git("checkout", "-q", "main")
    (repository.sessions / "b.yaml").unlink()
    repository.commit(a="tier: admin\n")
    before = repository.settled()
    repository.git("merge", "-q", "other", fails=True)
    wait_for(lambda: repository.source.read().loaded.doubtful, what="doubt")
    doubtful = repository.source.read().loaded
    assert tiers(doubtful) == tiers(before)
    assert [problem.code for problem in doubtful.problems] == [Code.SOURCE]
    repository.git("merge", "--abort")
    assert tiers(repository.settled()) == tiers(before)


def test_the_revision_in_force_is_named(repository: Repository) -> None:
    """Twelve digits of the commit, and a sign when files differ from it."""
    commit = repository.commit(_fleet=FLEET, a="tier: family\n")
    assert repository.settled().revision == commit[:12]
    (repository.sessions / "a.yaml").write_text("tier: bots\n")
    assert repository.settled().revision == f"{commit[:12]}+"
    commit = repository.commit()
    assert repository.settled().revision == commit[:12]


def test_a_revision_is_in_force_when_all_of_it_is(repository: Repository) -> None:
    """While an absence is waited for, the files in force are still those of the revision before."""
    old = repository.commit(_fleet=FLEET, a="tier: family\n", b="tier: family\n")
    assert repository.settled().revision == old[:12]
    (repository.sessions / "a.yaml").unlink()
    new = repository.commit(b="tier: bots\n")
    reading = repository.source.read()
    assert (reading.unsettled, reading.loaded.revision) == (True, old[:12])
    assert repository.settled().revision == new[:12]


def test_a_revision_is_read_without_the_checkout(repository: Repository) -> None:
    """What another revision says is shown while the work tree stays as it is, uncommitted edits included."""
    old = repository.commit(
        _fleet=FLEET + "tiers: {family: mini}\n", a="tier: family\n", b="tier: [\n", c="tier: bots\n"
    )
    repository.commit(_fleet=FLEET, a="tier: bots\n", b="tier: admin\n")
    (repository.sessions / "a.yaml").write_text("tier: admin\n")
    status = repository.git("status", "--porcelain")
    repository.settled()
    at = repository.source.at_revision(old[:8])
    assert tiers(at) == {"a": "family", "b": "admin", "c": "bots"}
    assert (at.revision, at.fleet.spec.tiers["family"]) == (old[:12], "mini")
    assert [(problem.code, problem.mark.line) for problem in at.problems] == [(Code.SYNTAX, 2)]
    assert repository.git("status", "--porcelain") == status
    assert tiers(repository.settled())["a"] == "admin"


@pytest.mark.parametrize("name", ["no-such", "--help", "-x", "HEAD:sessions.d", "HEAD~99"])
def test_no_revision_is_an_error_for_people(repository: Repository, name: str) -> None:
    """What names no commit is refused in a sentence; nothing is taken for an option."""
    repository.commit(_fleet=FLEET, a="tier: family\n")
    with pytest.raises(MusterError, match="cannot read revision"):
        repository.source.at_revision(name)


def test_a_repositorys_settings_run_nothing(repository: Repository, tmp_path: Path) -> None:
    """Looking at a repository must not start what its configuration names."""
    trace = tmp_path / "trace"
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {trace}\n")
    hook.chmod(0o755)
    commit = repository.commit(_fleet=FLEET, a="tier: family\n")
    repository.git("config", "core.fsmonitor", str(hook))
    repository.git("config", "core.hooksPath", str(tmp_path))
    repository.settled()
    repository.source.at_revision(commit)
    assert not trace.exists()
