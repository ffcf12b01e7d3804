"""Sessions of AIs beyond what all files together allow: too many, too deep, outside their parent's directory."""

from collections.abc import Callable, Iterator, Mapping

from ..model.problem import Problem
from ..model.session import Origin, SessionSpec
from ..resolve.kin import Kin, beyond, counts
from .cross import directory_of
from .fleet import FleetWord
from .word import Word


def beyond_limits(
    words: Mapping[str, Word],
    last: Mapping[str, Word | None],
    fleet: FleetWord,
    here: Callable[[SessionSpec], bool],
) -> Iterator[tuple[str, Problem]]:
    """Give an error for each file whose session is beyond a limit.

    :param words: the words in force, by the name of the session.
    :param last: file to its last good word: who counted before goes on.
    :param here: whether a session counts on this host.
    """
    specs = {name: word.spec for name, word in words.items() if word.spec}
    ais = {name for name, spec in specs.items() if spec.origin is Origin.AI}
    if not ais:
        return
    kin = Kin(
        specs=specs,
        places={name: directory_of(spec.cwd) for name, spec in specs.items()},
        here=frozenset(name for name in ais if here(specs[name])),
        before=frozenset(name for name in ais if _counted(name, last.get(words[name].file))),
    )
    for name, one in beyond(kin, fleet.fleet.spec.ai):
        word = words[name]
        problem = Problem(mark=word.mark(one.path), code=one.code, message=one.message, hint=one.hint, session=name)
        yield word.file, problem


def _counted(name: str, last: Word | None) -> bool:
    return last is not None and last.name == name and last.spec is not None and counts(last.spec)
