"""What a session of an AI may be: its flags, its environment, its words, its place; one judge for all doors."""

from pathlib import PurePath

import pytest

from controller.model.fleet import AiLimits, FleetSpec
from controller.model.profile import Home, Loosens, Profile
from controller.model.session import Origin, Permissions, Policy, RuntimeKind, SessionSpec
from controller.resolve.allowed import above_ceiling, command_in, loosening, refusals
from tests.property.worlds import profile

HOME = PurePath("/home/ann")
PROFILE = profile()


def paths(spec: SessionSpec, profile: Profile = PROFILE, place: PurePath = HOME, **limits: object) -> list[str]:
    """What is refused of a file."""
    fleet = FleetSpec(ai=AiLimits.model_validate(limits))
    cwd = limits.get("cwd")
    allowed = [PurePath(str(one)) for one in cwd] if isinstance(cwd, list) else None
    return [one.path for one in refusals(spec, profile, fleet, place, allowed)]


@pytest.mark.parametrize(
    "word",
    [
        *("--dangerously-skip-permissions", "--permission-mode=x", "--permission-mode", "--yolo", "-y", "--full-auto"),
        *("--allow-all-tools", "--allowedTools", "--trust", "--sandbox=danger", "--add-dir", "--mcp-config={}"),
        *("--model", "--model=big", "-m", "-mbig", "-qy", "--mod=big", "--settings", "--yes-always", "--APPROVAL-MODE"),
        "--append-system-prompt\n--verbose",
    ],
)
def test_no_flag_lets_an_ais_session_do_more(word: str) -> None:
    """Whoever made the agent: permissions, sandboxes, tools, directories, settings and models are chosen elsewhere."""
    assert paths(SessionSpec(args=["--fine", word])) == ["args.1"]


@pytest.mark.parametrize("word", ["mcp", "/model big", "!sh", "", " ", "--", "exec", "a\n-b"])
def test_no_word_without_a_flag_is_given_to_an_ais_session(word: str) -> None:
    """Agents take it for their sub-command, or for a first prompt that nobody has judged."""
    assert paths(SessionSpec(args=["--fine", word])) == ["args.1"]


def test_what_loosens_nothing_passes() -> None:
    """Words that are no such flag, and variables that are the session's own."""
    assert paths(SessionSpec(args=["--verbose", "-q", "--more=so"], env={"COLOUR": "red", "API_KEY": "x"})) == []


def test_a_profile_says_what_loosens_its_agent() -> None:
    """Short flags mean something else to each agent."""
    strict = PROFILE.model_copy(update={"loosens": Loosens(args=["-c.*"], env=["TALK_.*"])})
    assert paths(SessionSpec(args=["-cx=1"], env={"TALK_TO": "x"})) == []
    assert paths(SessionSpec(args=["-cx=1"], env={"TALK_TO": "x"}), strict) == ["args.0", "env.TALK_TO"]


@pytest.mark.parametrize(
    "name", ["PATH", "LD_PRELOAD", "HOME", "NODE_OPTIONS", "BASH_ENV", "MUSTER_NAME", "pythonpath"]
)
def test_no_variable_decides_what_is_run(name: str) -> None:
    """Interpreters, loaders, the home with its settings, and the markers of who asks."""
    assert loosening([name, "COLOUR"], PROFILE) == [name]


def test_the_agents_own_directory_holds_its_permissions() -> None:
    """The variable that moves it is refused, and the one by which the profile tells the model."""
    told = PROFILE.runtimes[RuntimeKind.PROCESS].model_copy(update={"env": {"TALK_ON": "{model}"}})
    moved = {"home": Home(env="TALK_HOME", default="~/.talk"), "runtimes": {RuntimeKind.PROCESS: told}}
    assert loosening(["TALK_HOME", "TALK_ON", "TALK"], PROFILE.model_copy(update=moved)) == ["TALK_HOME", "TALK_ON"]


@pytest.mark.parametrize(
    "prompt, sign", [("/model big", "/"), (" \n!sh", "!"), ("--yolo", "-"), ("", None), ("a /b", None)]
)
def test_a_prompt_is_no_command(prompt: str, sign: str | None) -> None:
    """What an agent would take for a command of its own, a shell's, or a flag."""
    assert command_in(prompt) == sign
    assert paths(SessionSpec(prompt=prompt)) == (["prompt"] if sign else [])


def test_nobody_is_not_asked() -> None:
    """A session of an AI does not allow everything to itself."""
    assert paths(SessionSpec(permissions=Permissions(policy=Policy.ALLOW))) == ["permissions.policy"]
    assert paths(SessionSpec(permissions=Permissions(policy=Policy.DENY))) == []


def test_agents_and_directories_are_the_fleets_word() -> None:
    """A directory whose name begins like an allowed one is another."""
    assert paths(SessionSpec(), agents=["other"]) == ["agent"]
    assert paths(SessionSpec(), agents=[PROFILE.name]) == []
    assert paths(SessionSpec(), place=HOME / "work" / "a", cwd=["/home/ann/work"]) == []
    assert paths(SessionSpec(), place=PurePath("/home/ann/work-not"), cwd=["/home/ann/work"]) == ["cwd"]
    assert paths(SessionSpec(), cwd=[]) == ["cwd"]


def test_a_ceiling_that_is_no_model_of_the_agent_is_above_nothing() -> None:
    """Every model is above it; where none is said, none is."""
    fleet = FleetSpec(origins={Origin.AI: "middle"})
    assert [above_ceiling(one, Origin.AI, PROFILE, fleet) for one in ("small", "middle", "large")] == [
        *(None, None, "middle")
    ]
    assert above_ceiling("small", Origin.AI, PROFILE, FleetSpec(origins={Origin.AI: "unheard-of"})) == "unheard-of"
    assert above_ceiling("large", Origin.HUMAN, PROFILE, fleet) is None
