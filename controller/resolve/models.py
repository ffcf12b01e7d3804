"""What the words for models mean to an agent: offered, dearer, reported."""

import re
from collections.abc import Mapping

from ..model.profile import ModelEntry, Models, Profile


def offered(word: str, profile: Profile, aliases: Mapping[str, str]) -> str | None:
    """Return the name people write of the model that a word means to this agent, ``None`` when it offers none such.

    The fleet's aliases speak first, then class, name, the agent's aliases, its full ids, and last what it passes on.
    """
    models = profile.models
    word = aliases.get(word, word)
    for class_name, model in models.classes.items():
        if word == class_name:
            return model
    entry = _named(word, models) or _by_id(word, models)
    if entry:
        return entry.name
    return word if models.any_id and re.fullmatch(models.any_id, word) else None


def above(profile: Profile, model: str, ceiling: str) -> bool:
    """Tell whether a model stands above another in the profile's list, cheapest first.

    What is not in the list has no known price: it stands above all that is, and above everything else unlisted.
    """
    ranks = {entry.name: rank for rank, entry in enumerate(profile.models.offered)}
    unlisted = len(ranks)
    return model != ceiling and ranks.get(model, unlisted) >= ranks.get(ceiling, unlisted)


def normalise(raw: str, profile: Profile) -> str | None:
    """Return the name people write for a reported id, ``None`` for no model.

    What the profile does not list is named as it may be written: bare where only so; else the id itself.
    """
    models = profile.models
    if raw in models.ignore:
        return None
    bare = raw
    for pattern in models.strip:
        bare = re.sub(pattern, "", bare)
    if bare in models.ignore:
        return None
    for reported in (raw, bare):
        if entry := _named(reported, models) or _by_id(reported, models):
            return entry.name
    passed_on = [one for one in (raw, bare) if models.any_id and re.fullmatch(models.any_id, one)]
    return passed_on[0] if passed_on else raw


def _named(word: str, models: Models) -> ModelEntry | None:
    """Return the model of this name, else the one with this alias; a name beats another model's alias."""
    for entry in models.offered:
        if entry.name == word:
            return entry
    return next((entry for entry in models.offered if word in entry.aliases or word == entry.send), None)


def _by_id(word: str, models: Models) -> ModelEntry | None:
    return next((entry for entry in models.offered if any(re.fullmatch(rule, word) for rule in entry.ids)), None)
