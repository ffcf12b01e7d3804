"""What a record's word means to us: one function a field, which gives the file's word or says why there is none."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ..model.desired import Declared, LayerName
from ..model.imported import Said
from ..model.loaded import Loaded
from ..model.profile import Minted, Profile
from ..model.scalars import MODEL, choice_for
from ..model.session import Origin, RuntimeKind, SessionSpec
from ..resolve.lasting import lasting
from ..resolve.models import above, offered

_CONVERSATION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+@-]{0,199}")
"""What agents use for ids, and no more: it becomes a word of a command line and a part of paths."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The word for the file, ``None`` when there is none; and what should be said of it."""

    word: str | None
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a word is read against.

    :ivar profile: of the record's agent; ``None`` when only the same import would define it.
    """

    loaded: Loaded
    agent: str
    profile: Profile | None
    origin: Origin

    def model(self, word: str) -> str | None:
        """Return the model that a word means to the agent."""
        if self.profile is None:
            return word if MODEL.fullmatch(word) else None
        return offered(word, self.profile, self.loaded.fleet.spec.aliases)

    @property
    def ceiling(self) -> str | None:
        """The dearest model that the record's origin may have."""
        said = choice_for(self.loaded.fleet.spec.origins.get(self.origin), self.agent)
        return self.model(said) if said and self.profile else None


def model(said: Said, scene: Scene) -> Meant:
    """The first of its words that the agent offers, when the origin may have it."""
    word = next((word for word in said.means or (said.word,) if scene.model(word)), None)
    if word is None or (model := scene.model(word)) is None:
        return Meant(None, f"{scene.agent} does not offer {said.word}" + _offers(scene))
    if scene.profile and (ceiling := scene.ceiling) and above(scene.profile, model, ceiling):
        why = f"{word} is above {ceiling}, the ceiling of origin {scene.origin}, which is its model now"
        return Meant(None, f"{why}; raise origins.{scene.origin} in _fleet.yaml, or say origin: human")
    return Meant(word, "" if word == said.word else f"model: {word}, for {said.word}")


def _offers(scene: Scene) -> str:
    names = [entry.name for entry in scene.profile.models.offered] if scene.profile else []
    return f", it offers {', '.join(names)}" if names else ""


def by_rule(said: Said, scene: Scene, spec: SessionSpec) -> Meant:
    """The model that their own rule gave it, where ours would give another; none where it is the same."""
    if scene.profile is None:
        return Meant(None)
    declared = Declared(name="", spec=spec, file="", marks={})
    ours = lasting(declared, scene.loaded, scene.profile)
    layer = ours.winner.name if ours.winner else LayerName.PROFILE
    if ours.model == scene.model(said.word):
        return Meant(None, f"none: layer {layer} says {ours.model}, as theirs did")
    meant = model(said, scene)
    if meant.word is None:
        return meant
    return Meant(meant.word, f"model: {meant.word} by their rule, where layer {layer} would say {ours.model}")


def effort(said: Said, scene: Scene) -> Meant:
    """A reasoning effort that the agent has."""
    known = scene.profile.models.efforts if scene.profile else [said.word]
    if said.word in known:
        return Meant(said.word)
    return Meant(None, f"{scene.agent} has no effort {said.word}" + (f": {', '.join(known)}" if known else ""))


def runtime(said: Said, scene: Scene) -> Meant:
    """A runtime that the agent has."""
    kinds = scene.profile.runtimes if scene.profile else [RuntimeKind(said.word)]
    if said.word in kinds:
        return Meant(said.word)
    default = scene.profile.default_runtime if scene.profile else said.word
    return Meant(None, f"{scene.agent} has no runtime {said.word} here: {default} is its own")


def cwd(said: Said, scene: Scene) -> Meant:
    """A directory that means the same wherever Muster was started."""
    if said.word.startswith(("/", "~/")) or said.word == "~":
        return Meant(said.word)
    return Meant(None, f"{said.word} is no absolute path: it runs in the home directory")


def conversation(said: Said, scene: Scene) -> Meant:
    """An id that the agent can resume."""
    if not _CONVERSATION.fullmatch(said.word):
        return Meant(None, f"{said.word} is no id of a conversation: it starts with none")
    if scene.profile and not scene.profile.resumes:
        return Meant(None, f"{scene.agent} cannot resume a conversation: it starts with none")
    if scene.profile and scene.profile.conversation is Minted.DIRECTORY:
        return Meant(None, f"{scene.agent} keeps one conversation a directory, which has no id")
    return Meant(said.word)


def stand_in(said: Said, scene: Scene) -> Meant:
    """A model for when the desired one is not offered."""
    if scene.model(said.word):
        return Meant(said.word, f"unavailable: {{use: {said.word}}}")
    return Meant(None, f"{scene.agent} does not offer {said.word}")


def as_it_is(said: Said, scene: Scene) -> Meant:
    """A word that means the same here."""
    return Meant(said.word)


FIELDS: Final[Mapping[str, Callable[[Said, Scene], Meant]]] = {
    "agent": as_it_is,
    "tier": as_it_is,
    "model": model,
    "effort": effort,
    "origin": as_it_is,
    "runtime": runtime,
    "cwd": cwd,
    "conversation": conversation,
    "hosts": as_it_is,
    "state": as_it_is,
    "unavailable": stand_in,
}
"""In the order in which a file says them; who spawned it is known when all records are."""
