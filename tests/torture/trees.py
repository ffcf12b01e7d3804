"""The trees of a storm: revisions of one set of session files, of which some sessions must not feel anything.

A third says the same in every revision, in other bytes; a third says the same only by what the fleet and the file say
together, so that a reader of half a revision would move it; a third changes its model.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.torture.ground import FLEET

MODELS: Final = ("mini", "midi", "maxi")
FLEET_FILE: Final = "_fleet.yaml"


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One revision.

    :ivar files: text by file name.
    :ivar models: what every session of it is to run on.
    """

    files: Mapping[str, str]
    models: Mapping[str, str]


class Forest:
    """Makes revisions. Names begin with what they are: ``calm``, ``pair`` or ``move``."""

    def __init__(self, size: int, chance: random.Random) -> None:
        third = size // 3
        self._chance = chance
        self.calm = [f"calm{number}" for number in range(size - 2 * third)]
        self.pairs = [f"pair{number}" for number in range(third)]
        self.moving = [f"move{number}" for number in range(third)]
        self._guests = self.calm[::5]
        self.still = [*self.calm, *self.pairs]

    def grow(self, number: int, *, whole: bool = False) -> Tree:
        """Return revision ``number``; some files are missing in it, unless it is to be whole."""
        turned = bool(number % 2)
        models = dict.fromkeys(self.still, "mini") | {name: self._chance.choice(MODELS) for name in self.moving}
        files = {FLEET_FILE: f"{FLEET}tiers: {{partner: {'maxi' if turned else 'mini'}}}\n"}
        files |= {f"{name}.yaml": f"# revision {number}\nmodel: mini\n" for name in self.calm}
        # What is turned says it in the file and not in the fleet: half of each would be maxi.
        files |= {f"{name}.yaml": f"tier: partner\n{'model: mini' if turned else ''}\n" for name in self.pairs}
        files |= {f"{name}.yaml": f"model: {models[name]}\n# {number}\n" for name in self.moving}
        for guest in () if whole else self._chance.sample(self._guests, len(self._guests) // 2):
            del files[f"{guest}.yaml"]
        return Tree(files, models)
