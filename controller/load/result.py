"""The value that load hands on, and the digest that tells two of them apart."""

from collections.abc import Collection, Iterable
from hashlib import blake2b

from ..model.loaded import Loaded
from ..model.problem import Problem
from .assemble import Assembled
from .fleets import Ruling
from .word import is_error


def loaded(
    assembled: Assembled,
    ruling: Ruling,
    *,
    told: Iterable[Problem] = (),
    doubtful: Collection[str] = (),
    revision: str | None = None,
) -> Loaded:
    """Return everything together, problems by their place."""
    every = (*told, *ruling.problems, *assembled.problems)
    problems = tuple(sorted(every, key=lambda problem: (problem.mark, problem.code, problem.message)))
    return Loaded(
        sessions=assembled.sessions,
        fleet=ruling.word.fleet,
        profiles=ruling.word.profiles,
        overlaid=ruling.word.overlaid,
        problems=problems,
        doubtful=tuple(sorted(doubtful)),
        revision=revision,
        digest=_digest(assembled, ruling, problems),
    )


def _digest(assembled: Assembled, ruling: Ruling, problems: Iterable[Problem]) -> str:
    """Name what counts: words, fleet, profiles, errors; not doubts and warnings, which come and go by themselves."""
    total = blake2b(digest_size=16)
    for name, word in assembled.words.items():
        total.update(f"{name}\0{word.file}\0{word.digest}\0{assembled.sessions[name].here}\n".encode())
    fleet = (ruling.word.fleet.file, ruling.word.digest, ruling.word.built_in)
    errors = [(problem.mark, problem.code, problem.message) for problem in problems if is_error(problem)]
    total.update(repr((fleet, errors)).encode())
    return total.hexdigest()
