"""No test reaches the real home, the default tmux server or a real agent.

The environment is scrubbed before any test module is imported, and put back as scrubbed after each test.
"""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
SYSTEM_PATH = ("/usr/bin", "/bin", "/usr/sbin", "/sbin")
# Found by PATH as it was, wherever the package system put them, and offered under the scratch PATH.
TOOLS = ("git", "make", "tmux")
TMUX_MISSING = "tmux is missing: apt-get install tmux (Debian, Ubuntu), brew install tmux (macOS)"
# Every process that a test starts inherits it, so that what a test forgets is found and ended.
MARK = "TEST_SCRATCH"
REFUSAL = "#!/bin/sh\necho 'cannot run a real agent in tests' >&2\nexit 97\n"

scratch_key = pytest.StashKey[Path]()
world_key = pytest.StashKey[Mapping[str, str]]()
before_key = pytest.StashKey[Mapping[str, str]]()

# A shell's background job ignores Ctrl-C, and so would every program that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # begun with nohup
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# A deadline per example, and a health check of its speed, measure the machine, not the law.
settings.register_profile(
    "muster",
    parent=settings.get_profile("ci" if os.environ.get("CI") else "default"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("muster")


def agent_names(root: Path = ROOT) -> list[str]:
    """Every agent that a profile describes, but the embedded one, which tests are welcome to run."""
    return sorted({p.stem for p in (root / "controller" / "agents").glob("[!_]*.yaml")} - {"demo"})


def scratch_path(scratch: Path, was: str) -> str:
    """A PATH with the virtual environment, the system's directories and nothing of the user's."""
    tools = scratch / "bin"
    tools.mkdir()
    for tool in TOOLS:
        if found := shutil.which(tool, path=was):
            (tools / tool).symlink_to(Path(found).resolve())
    path = os.pathsep.join((str(tools), str(Path(sys.executable).parent), *SYSTEM_PATH))
    for agent in agent_names():
        if shutil.which(agent, path=path):  # an agent that lives in a system directory: stand before it
            stub = tools / agent
            stub.write_text(REFUSAL)
            stub.chmod(0o755)
    return path


def scratch_environ(scratch: Path, was: Mapping[str, str]) -> dict[str, str]:
    """The environment of every test: what it was, less all that leads home."""
    env = {k: v for k, v in was.items() if not k.startswith(("MUSTER_", "XDG_", "GIT_", "TMUX", "PIP_"))}
    places = {"HOME": "home", "TMUX_TMPDIR": "tmux", "XDG_RUNTIME_DIR": "run"}
    places |= {
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_STATE_HOME": "state",
        "XDG_CACHE_HOME": "cache",
    }
    places |= {"MUSTER_STATE_DIR": "muster-state", "MUSTER_SESSIONS_DIR": "sessions.d"}
    for variable, name in places.items():
        (scratch / name).mkdir(mode=0o700)
        env[variable] = str(scratch / name)
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{who}_NAME": "A Tester", f"GIT_{who}_EMAIL": "tester@example.invalid"}
    env[MARK] = str(scratch)
    env["PIP_NO_INDEX"] = "1"  # a test that fetches a package is wrong
    env["PATH"] = scratch_path(scratch, was.get("PATH", ""))
    return env


def replace_environ(env: Mapping[str, str]) -> None:
    """Make the process's environment this one; what pytest keeps there for itself stays."""
    for key in set(os.environ) - set(env):
        if not key.startswith("PYTEST_"):
            del os.environ[key]
    os.environ.update(env)


def left_over(scratch: Path) -> list[psutil.Process]:
    """Processes that tests started and forgot: their environment names our scratch directory."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get(MARK) == str(scratch)
        except (psutil.Error, OSError):
            continue
        if ours and process.pid != os.getpid():
            found.append(process)
    return found


def pytest_configure(config: pytest.Config) -> None:
    """Scrub before collection: modules may read the environment when they are imported."""
    scratch = Path(tempfile.mkdtemp(prefix="muster-", dir="/tmp")).resolve()  # short: sockets allow 104 bytes
    world = scratch_environ(scratch, os.environ)
    config.stash[before_key] = dict(os.environ)
    config.stash[scratch_key], config.stash[world_key] = scratch, world
    replace_environ(world)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Put the environment back, end what tests forgot, leave nothing in /tmp."""
    if (scratch := config.stash.get(scratch_key, None)) is None:
        return
    replace_environ(config.stash[before_key])
    for process in left_over(scratch):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    shutil.rmtree(scratch, ignore_errors=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs tmux where there is none; in CI that is a failure, so that no green run hides it."""
    if item.get_closest_marker("tmux") and not shutil.which("tmux"):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(TMUX_MISSING)


@pytest.fixture(autouse=True)
def scratch_world(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Give the session's scratch directory; whatever a test did to the environment ends with it."""
    replace_environ(request.config.stash[world_key])
    yield request.config.stash[scratch_key]
    replace_environ(request.config.stash[world_key])


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a home directory of this test's own."""
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("HOME", str(place))
    return place


@pytest.fixture
def short_path(scratch_world: Path) -> Iterator[Path]:
    """Give a directory whose path is short enough for sockets; tmp_path is not."""
    place = Path(tempfile.mkdtemp(prefix="t", dir=scratch_world))
    yield place
    shutil.rmtree(place, ignore_errors=True)
