"""What another system says of all sessions, as words of ``_fleet.yaml``: defaults, tiers, and profiles of agents.

It becomes a patch that a person takes or leaves. A built-in profile that is proven knows better than a definition.
"""

from collections.abc import Iterator
from typing import Any

from ..model.imported import CommandForm, Definition, Fate, FleetWord, Found, Remark, Said
from ..model.loaded import Loaded
from ..model.profile import Profile
from ..model.session import RuntimeKind
from ..resolve.models import offered


def words(found: Found, loaded: Loaded) -> tuple[tuple[FleetWord, ...], tuple[Remark, ...]]:
    """Return what the fleet's file does not say yet, and what became of the rest."""
    remarks: list[Remark] = []
    spoken = [word for one in found.fleet if (word := _spoken(one, found, loaded, remarks))]
    for definition in found.agents:
        profile = loaded.profiles.get(definition.agent)
        tree = _overlay(definition, profile, remarks) if profile else _profile(definition, remarks)
        remarks += definition.remarks
        spoken += [FleetWord(("agents", definition.agent, *path), value, definition.place) for path, value in tree]
    return tuple(spoken), tuple(remarks)


def _spoken(one: FleetWord, found: Found, loaded: Loaded, remarks: list[Remark]) -> FleetWord | None:
    """Return a word with a model in place of theirs; none where the fleet says the same."""
    field, value = one.says, one.value
    if isinstance(value, Said):
        agents = (word.value for word in found.fleet if word.path == ("defaults", "agent"))
        agent = next(agents, loaded.fleet.spec.defaults.agent or "")
        profile, aliases = loaded.profiles.get(agent), loaded.fleet.spec.aliases
        means = value.means or (value.word,)
        value = next((word for word in means if profile and offered(word, profile, aliases)), None)
        if value is None:
            remarks.append(Remark(Fate.DROPPED, field, f"{agent} does not offer {one.value.word}"))
            return None
    if _said_now(one.path, loaded) == value:
        remarks.append(Remark(Fate.CARRIED, field, f"{'.'.join(one.path)}: {value}, as the fleet says"))
        return None
    remarks.append(Remark(Fate.CARRIED, field, f"{'.'.join(one.path)}: {value}, in the patch"))
    return FleetWord(one.path, value, field)


def _said_now(path: tuple[str, ...], loaded: Loaded) -> Any:
    spec = loaded.fleet.spec
    match path:
        case ("defaults", "agent"):
            return spec.defaults.agent
        case ("defaults", "model"):
            return spec.defaults.model
        case ("tiers", tier):
            return spec.tiers.get(tier)
    return None


def _overlay(one: Definition, profile: Profile, remarks: list[Remark]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield what a built-in profile does not say."""
    missing = [model for model in one.models if offered(model, profile, {}) is None]
    if missing:
        known = [entry.model_dump(mode="json", exclude_defaults=True) for entry in profile.models.offered]
        yield ("models", "offered"), [*known, *({"name": model} for model in missing)]
        says = f"{', '.join(missing)} laid over {one.agent}, in the patch; put the cheapest first"
        remarks.append(Remark(Fate.CARRIED, f"{one.place}: available_models", says))
    elif one.models:
        remarks.append(Remark(Fate.CARRIED, f"{one.place}: available_models", f"{one.agent} offers them all"))
    if one.default and (profile.models.default or "") != (offered(one.default, profile, {}) or one.default):
        yield ("models", "default"), one.default
        remarks.append(Remark(Fate.CARRIED, f"{one.place}: default_model", f"{one.default}, in the patch"))
    _flags(one, profile, remarks)
    proven = sorted({version for runtime in profile.runtimes.values() for version in runtime.proven})
    field = f"{one.place}: can_recover"
    if one.recovers or not profile.resumes:
        remarks.append(
            Remark(Fate.CARRIED, field, f"{one.agent} {'resumes' if profile.resumes else 'cannot resume'} here")
        )
    elif proven:
        remarks.append(
            Remark(Fate.DROPPED, field, f"false: {one.agent} resumes, as was proven with {', '.join(proven)}")
        )
    else:
        yield ("resumes",), False
        remarks.append(Remark(Fate.CARRIED, field, "resumes: false, in the patch: nothing here proves the contrary"))


def _flags(one: Definition, profile: Profile, remarks: list[Remark]) -> None:
    """Compare the flags with those of the profile; it is never changed, because flags are measured."""
    argv = {word for runtime in profile.runtimes.values() for part in runtime.argv for word in part.add}
    for field, flag in (("model_flag", one.headless.model), ("resume_flag", one.headless.resume)):
        if flag and flag[0] in argv:
            remarks.append(Remark(Fate.CARRIED, f"{one.place}: {field}", f"{flag[0]}, as {one.agent} has it"))
        elif flag:
            says = f"{' '.join(flag)}: the profile {one.agent} does it in another way, which was measured"
            remarks.append(Remark(Fate.DROPPED, f"{one.place}: {field}", says))


def _profile(one: Definition, remarks: list[Remark]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield a whole profile for an agent that has none here."""
    runtimes: dict[str, Any] = {}
    if one.acp:
        runtimes[RuntimeKind.ACP.value] = {"argv": _argv(one.headless, by_protocol=True)}
    if one.terminal:
        runtimes[RuntimeKind.TMUX.value] = {"argv": _argv(one.terminal, by_protocol=False)}
    if not runtimes:
        runtimes[RuntimeKind.PROCESS.value] = {"argv": _argv(one.headless, by_protocol=False)}
    form = one.headless if one.acp or not one.terminal else one.terminal
    resumes = one.recovers and (one.acp or bool(form.resume))
    tree: dict[str, Any] = {"title": one.title, "executables": [form.command[0]]}
    if one.env_required:
        tree["env_required"] = list(one.env_required)
    models: dict[str, Any] = {"offered": [{"name": model} for model in one.models]}
    if one.default in one.models:
        models["default"] = one.default
    tree |= {"models": models, "default_runtime": next(iter(runtimes)), "runtimes": runtimes}
    tree |= {"conversation": "by-agent", "resumes": resumes}
    yield (), tree
    says = f"a profile {one.agent}, in the patch; nothing of it is proven here" + (
        "" if resumes else ", and it cannot resume a conversation by its id"
    )
    remarks.append(Remark(Fate.CARRIED, one.place, says))


def _argv(form: CommandForm, *, by_protocol: bool) -> list[dict[str, Any]]:
    command = [word.replace("{workspace}", "{cwd}") for word in form.command[1:]]
    parts: list[dict[str, Any]] = [{"add": ["{executable}", *command, *form.model]}]
    if form.resume and not by_protocol:
        parts.append({"when": "resume", "add": [*form.resume, "{conversation}"]})
    return [*parts, {"add": ["{args}"]}]
