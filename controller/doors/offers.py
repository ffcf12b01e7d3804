"""Whether a word is a model of an agent, asked before a file is changed or a process touched."""

from typing import TYPE_CHECKING

from ..errors import MusterError

if TYPE_CHECKING:
    from ..model.loaded import Loaded
    from ..model.profile import Profile


def agent_of(loaded: "Loaded", name: str) -> str:
    """Return the agent of a session that has a file."""
    return loaded.sessions[name].spec.agent or loaded.fleet.spec.defaults.agent or ""


def profile(loaded: "Loaded", agent: str) -> "Profile":
    """Return an agent's profile.

    :raises MusterError: when there is none.
    """
    from ..load import near

    if found := loaded.profiles.get(agent):
        return found
    raise MusterError(f"cannot use the agent {agent!r}: it has no profile", hint=near.meant(agent, loaded.profiles))


def require(loaded: "Loaded", agent: str, word: str) -> str:
    """Return the model that a word means to an agent.

    :raises MusterError: when it offers none such; the hint lists what it offers.
    """
    if model := model_of(loaded, agent, word):
        return model
    hint = _offered(loaded, profile(loaded, agent), word)
    raise MusterError(f"cannot use {word!r}: {agent} does not offer it", hint=hint)


def model_of(loaded: "Loaded", agent: str, word: str) -> str | None:
    """Return the model that a word means to an agent, ``None`` when it offers none such."""
    from ..resolve import models

    return models.offered(word, profile(loaded, agent), loaded.fleet.spec.aliases)


def _offered(loaded: "Loaded", found: "Profile", word: str) -> str:
    from ..load import near

    names = [entry.name for entry in found.models.offered]
    said = [*names, *found.models.classes, *loaded.fleet.spec.aliases]
    means = near.nearest(word, said)
    return f"{found.name} offers {', '.join(said)}" + (f"; did you mean {means!r}?" if means else "")
