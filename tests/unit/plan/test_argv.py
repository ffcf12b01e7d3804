"""The one builder of argv."""

from typing import Any

from controller.model.profile import ArgvPart, Part, Profile, RuntimeProfile
from controller.model.session import RuntimeKind
from controller.plan.argv import build, minted_id
from tests.property.worlds import declared, desired, loaded, profile


def talker(*parts: ArgvPart, **env: str) -> Profile:
    runtime = RuntimeProfile(argv=list(parts), env=env)
    return profile().model_copy(update={"runtimes": {RuntimeKind.TMUX: runtime}})


def argv(agent: Profile, resumes: bool = False, prompt: str | None = None, **words: Any) -> tuple[str, ...]:
    wanted = desired(declared(model="small", **words), loaded(talker=agent))
    return build(wanted, conversation="c1", resumes=resumes, prompt=prompt, generation=1).argv


def test_start_and_resume_differ_only_by_their_own_parts() -> None:
    """What is taken away on both sides is the same: they cannot disagree (origins, S2.3)."""
    start = [word for word in argv(profile(), resumes=False, args=["-v"], effort="high") if word != "--id"]
    resume = [word for word in argv(profile(), resumes=True, args=["-v"], effort="high") if word != "--resume"]
    assert start == resume


def test_list_words_are_spliced_and_an_empty_list_leaves_no_word() -> None:
    """A template that is one list word is as many words as the list has."""
    agent = talker(ArgvPart(add=["run", "{args}", "end"]))
    assert argv(agent, args=["-a", "b c"]) == ("run", "-a", "b c", "end")
    assert argv(agent) == ("run", "end")


def test_braces_that_hold_no_word_stay() -> None:
    """JSON in an argv is no template, and a word inside a text is filled in."""
    agent = talker(ArgvPart(add=['{"model": "{model}", "x": {}}', "{unknown}"]))
    assert argv(agent) == ('{"model": "small", "x": {}}', "{unknown}")


def test_words_of_a_prompt_are_no_templates() -> None:
    """What a person wrote is passed on as it is."""
    agent = talker(ArgvPart(add=["{prompt}"], when=Part.PROMPT))
    assert argv(agent, prompt="say {model} and {args}") == ("say {model} and {args}",)
    assert argv(agent) == ()


def test_the_files_environment_is_above_the_profiles() -> None:
    """The profile makes an agent safe; its owner has the last word."""
    agent = talker(ArgvPart(add=["x"]), A="profile", B="profile")
    wanted = desired(declared(env={"B": "file"}), loaded(talker=agent))
    launch = build(wanted, conversation=None, resumes=False, prompt=None, generation=1)
    assert launch.env == (("A", "profile"), ("B", "file"))


def test_minted_ids_are_the_same_in_every_plan_and_differ_elsewhere() -> None:
    """One id a state, name and generation: a dry run shows what will be, and two controllers never meet."""
    ids = [minted_id(state, name, n) for state in ("s", "t") for name in ("ann", "bob") for n in (1, 2)]
    assert len(set(ids)) == len(ids)
    assert minted_id("s", "ann", 1) == ids[0]


def test_an_agent_is_given_the_tools_where_its_session_says_so() -> None:
    """The parts are for those sessions alone, and their words are JSON, which is TOML as well."""
    part = ArgvPart(add=['-c=x={"command": {mcp_command}, "args": {mcp_args}}'], when=Part.MCP)
    agent = talker(ArgvPart(add=["run"]), part)
    assert argv(agent) == ("run",)
    assert argv(agent, mcp=True) == ("run", '-c=x={"command": "/bin/muster", "args": ["mcp", "ann"]}')


def test_an_agent_that_cannot_take_the_tools_is_not_given_them() -> None:
    wanted = desired(declared(mcp=True), loaded(talker=talker(ArgvPart(add=["run"]))))
    assert not build(wanted, conversation=None, resumes=False, prompt=None, generation=1).tools
