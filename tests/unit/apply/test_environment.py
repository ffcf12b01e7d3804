"""The environment of a session: its layers in their order, and env files that are read or refused without a value."""

import os
from pathlib import Path

import pytest

from controller.apply.environment import build, read_env_file
from controller.errors import MusterError
from controller.model.observed import ProcessIdentity
from controller.model.plan import Bounds, Start
from controller.runtimes.base import StartFailed, StartOrder
from tests.unit.apply.scene import Scene, Told, launch

SECRET = "hunter2-swordfish"


def test_later_layers_win(tmp_path: Path) -> None:
    """The controller's, then env_file, then env, then the markers (design 5)."""
    (tmp_path / "env").write_text("A=file\nB=file\nC=file\nMUSTER_NAME=file\n")
    inherited = dict.fromkeys("ABCD", "inherited")
    made = build(
        launch(env_file="env", env=(("A", "env"), ("MUSTER_NONCE", "env")), cwd=str(tmp_path)),
        name="ann",
        nonce="n1",
        inherited=inherited | {"B": "inherited"},
    )

    assert made == {
        "A": "env",
        "B": "file",
        "C": "file",
        "D": "inherited",
        "MUSTER_NAME": "ann",
        "MUSTER_NONCE": "n1",
    }


@pytest.mark.parametrize("where", ["inherited", "env_file", "env"])
def test_what_the_agent_needs_may_come_from_any_layer(tmp_path: Path, where: str) -> None:
    """And without it nothing is started; a name without a value is none."""
    (tmp_path / "env").write_text("KEY=k\n" if where == "env_file" else "")
    order = launch(env_file="env", env=(("KEY", "k"),) if where == "env" else (), cwd=str(tmp_path), needs=("KEY",))

    assert build(order, name="ann", nonce="n1", inherited={"KEY": "k"} if where == "inherited" else {})["KEY"] == "k"
    with pytest.raises(MusterError, match=r"cannot start ann: .* needs KEY in its environment"):
        build(launch(cwd=str(tmp_path), needs=("KEY",)), name="ann", nonce="n1", inherited={"KEY": ""})


@pytest.mark.parametrize(
    "name",
    [
        *("MUSTER_STATE_DIR", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"),
        *("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "TMUX", "TMUX_PANE"),
    ],
)
def test_what_is_the_controllers_own_is_not_inherited(name: str) -> None:
    """Its settings, its service manager's sockets, its terminal."""
    assert name not in build(launch(), name="ann", nonce="n1", inherited={name: "x"})


@pytest.mark.parametrize("name", ["MUSTER_DEMO_HOME", "TMUX_TMPDIR", "HOME", "LISTENER"])
def test_everything_else_is_inherited(name: str) -> None:
    """A session lives in the controller's environment."""
    assert build(launch(), name="ann", nonce="n1", inherited={name: "x"})[name] == "x"


@pytest.mark.parametrize(
    "line,value",
    [
        ("KEY=value", "value"),
        ("  KEY=value  ", "value"),
        ("export KEY=value", "value"),
        ("KEY=", ""),
        ("KEY='a b'", "a b"),
        ('KEY="a b"', "a b"),
        ('KEY="it\'s"', "it's"),
        ("KEY='", "'"),
        ("KEY=a=b", "a=b"),
        ("KEY=a # b", "a # b"),
        ("KEY=a\u2028b", "a\u2028b"),
        ("\ufeffKEY=value", "value"),
        ("KEY=value\r", "value"),
    ],
)
def test_a_line_of_an_env_file(tmp_path: Path, line: str, value: str) -> None:
    """What docker, systemd and shells agree on."""
    (tmp_path / "env").write_text(f"{line}\n\n# comment=1\n", newline="")

    assert read_env_file("env", cwd=str(tmp_path)) == {"KEY": value}


@pytest.mark.parametrize("line", [SECRET, f"a-b={SECRET}", f"={SECRET}", f"1A={SECRET}", f"KEY: {SECRET}"])
def test_a_wrong_line_is_told_by_its_place_and_never_by_its_value(tmp_path: Path, line: str) -> None:
    """Errors go to the log and to status (law 14)."""
    (tmp_path / "env").write_text(f"A=1\n{line}\n")
    with pytest.raises(MusterError) as told:
        read_env_file("env", cwd=str(tmp_path))

    assert f"{tmp_path}/env:2" in told.value.message
    assert SECRET not in told.value.message


def test_a_file_that_is_not_text_shows_none_of_its_bytes(tmp_path: Path) -> None:
    """Neither in the message nor in what is chained to it."""
    (tmp_path / "env").write_bytes(f"KEY={SECRET}\xff".encode("latin-1"))
    with pytest.raises(MusterError, match="it is not UTF-8") as told:
        read_env_file("env", cwd=str(tmp_path))

    assert (told.value.__cause__, told.value.__suppress_context__) == (None, True)


def test_what_was_written_after_the_judgement_is_judged_at_the_start(tmp_path: Path) -> None:
    """An AI's file passed, and its env_file says more by now; only names are told."""
    (tmp_path / "env").write_text(f"TOKEN=x\nld_preload={SECRET}\n")
    order = launch(env_file="env", cwd=str(tmp_path), bounds=Bounds(names=("LD_.*",), within=None))
    with pytest.raises(MusterError, match="ld_preload may let an AI's session do more") as told:
        build(order, name="ann", nonce="n1", inherited={})

    assert SECRET not in told.value.message
    assert build(launch(env_file="env", cwd=str(tmp_path)), name="ann", nonce="n1", inherited={})["TOKEN"] == "x"


@pytest.mark.parametrize("kind", ["missing", "directory", "fifo", "nobody's home"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    """A FIFO must not hold up all sessions until somebody writes to it."""
    said = "~nobody-of-this-name/env" if kind == "nobody's home" else "env"
    if kind == "directory":
        (tmp_path / "env").mkdir()
    if kind == "fifo":
        os.mkfifo(tmp_path / "env")

    with pytest.raises(MusterError, match="cannot read env_file"):
        read_env_file(said, cwd=str(tmp_path))


def test_the_path_may_start_at_home(home: Path, tmp_path: Path) -> None:
    """As people write it."""
    (home / "env").write_text("KEY=value\n")

    assert read_env_file("~/env", cwd=str(tmp_path)) == {"KEY": "value"}


class Talkative(Told):
    """A runtime that passes on an agent's last words."""

    async def start(self, order: StartOrder) -> ProcessIdentity:
        raise StartFailed(f"cannot start {order.name}: it said: bad key {order.env['KEY']}")


@pytest.mark.parametrize("where", ["env_file", "env", "inherited"])
def test_last_words_of_an_agent_tell_no_secret(tmp_path: Path, where: str) -> None:
    """What an agent prints of its environment stands in no event, record or outcome (law 14)."""
    secret = f"{where}-swordfish"
    (tmp_path / "env").write_text(f"KEY={secret}\n" if where == "env_file" else "")
    scene = Scene(environ={"KEY": secret} if where == "inherited" else {})
    scene.runtime = Talkative(scene.machine, scene.story)
    env = (("KEY", secret),) if where == "env" else ()
    outcome = scene.carry_out(Start(launch(env_file="env", env=env, cwd=str(tmp_path))))

    assert "bad key [hidden]" in outcome.sentence
    assert secret not in repr((outcome.sentence, scene.record, scene.journal.events))
