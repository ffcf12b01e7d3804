"""What the records of a conversation add up to: a person's turn, the newest model, whether a turn is under way."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..model.observed import ObservedModel
from ..model.profile import Profile
from ..resolve.models import normalise


class Kind(StrEnum):
    """What a record says."""

    USER = "user"
    MODEL = "model"
    FALLBACK = "fallback"
    CHANGED = "changed"
    BEGUN = "begun"
    ENDED = "ended"
    ANSWERED = "answered"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Sample:
    """What one record says.

    :ivar value: the model's raw id, where the kind has one.
    :ivar time: wall-clock seconds of the record, ``None`` when it does not say.
    """

    kind: Kind
    value: str | None = None
    time: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One conversation as its files show it.

    :ivar found: there is a transcript.
    :ivar prompted: it holds a person's turn; ``None`` when that cannot be seen, or not yet.
    :ivar refused: wall-clock seconds of the newest turn when the provider refused its model, 0 when it did not.
    :ivar answered: wall-clock seconds of the newest answer, where answers are told from records that name a model.
    :ivar busy: a turn is under way; ``None`` when the records do not say.
    :ivar turned: wall-clock seconds of the newest turn's beginning or end, 0 when it is not known.
    :ivar touched: wall-clock seconds of the last writing, 0 when there is no file.
    :ivar trouble: why it cannot be seen.
    """

    found: bool = False
    prompted: bool | None = False
    model: ObservedModel | None = None
    refused: float = 0.0
    answered: float = 0.0
    busy: bool | None = None
    turned: float = 0.0
    touched: float = 0.0
    trouble: str | None = None


_CLOCK_STEP: Final = 1800.0
"""Seconds by which a later line of a file that only grows may be older than what stands before it: agents mix what goes
on at once by minutes, and a clock that was wrong was wrong by hours."""


class Tally:
    """Adds samples up in the order of their times; what has none stands in the order of the file."""

    def __init__(self, profile: Profile, *, grows: bool = False) -> None:
        """Begin with nothing.

        :arg grows: what comes later was written later, so that one that is far older tells of a clock set back.
        """
        self._profile = profile
        self._back = _CLOCK_STEP if grows else float("inf")
        self.user = False
        self.model: ObservedModel | None = None
        self._model_time = 0.0
        self._asked: Sample | None = None
        """Names a model that no answer has proven yet."""
        self._refused = self._answered = 0.0
        self._turn_time = 0.0
        self._busy: bool | None = None

    @property
    def _proves(self) -> bool:
        """Whether a record that names a model stands for an answer."""
        rules = self._profile.transcript
        return rules is None or not (rules.answered or "answered" in rules.patterns)

    def add(self, samples: Iterable[Sample], *, seen: float) -> None:
        """Take samples in; ``seen`` is the time of those that have none, 0 when that is not known either."""
        for sample in samples:
            match sample.kind:
                case Kind.USER:
                    self.user = True
                    self._turn(sample, busy=True)
                case Kind.BEGUN:
                    self._turn(sample, busy=True)
                case Kind.ENDED:
                    self._turn(sample, busy=False)
                case Kind.MODEL if not self._proves:
                    if self._asked is None or (sample.time or 0.0) >= (self._asked.time or 0.0):
                        self._asked = sample
                case Kind.ANSWERED:
                    self._answer(sample, seen)
                case Kind.REFUSED:
                    self._refused = max(self._refused, sample.time or seen)
                case Kind.MODEL | Kind.FALLBACK | Kind.CHANGED:
                    self.user = self.user or sample.kind is Kind.MODEL  # no answer without a turn, however it is told
                    self._observe(sample, seen)

    def _answer(self, sample: Sample, seen: float) -> None:
        """Take an answer for the proof of the model that was asked before it, and of a turn."""
        self.user = True
        self._answered = max(self._answered, sample.time or seen)
        if self._asked is not None and (self._asked.time or 0.0) <= (sample.time or 0.0):
            self._observe(Sample(Kind.MODEL, self._asked.value, sample.time), seen)

    def _turn(self, sample: Sample, *, busy: bool) -> None:
        time = sample.time or 0.0
        if self._follows(time, self._turn_time):
            self._turn_time, self._busy = time, busy

    def _follows(self, time: float, last: float) -> bool:
        """Tell whether a sample of a time comes after the last one; one without a time never does so by a step."""
        return time >= last or 0.0 < time < last - self._back

    def _observe(self, sample: Sample, seen: float) -> None:
        earlier, time = self.model, sample.time or 0.0
        if not sample.value or not self._follows(time, self._model_time):
            return
        # Nearly every reply names the model of the one before it; to read the name costs more than the rest.
        again = earlier is not None and earlier.raw == sample.value
        name = earlier.name if earlier and again else normalise(sample.value, self._profile)
        if name is None:
            return
        if time < self._model_time:  # whatever stands before it was written on another clock
            self._refused = self._answered = 0.0
        self._model_time = time
        # What a reply names after the provider chose is still the provider's choice, until it or a person moves on.
        follows = sample.kind is Kind.MODEL and earlier is not None and earlier.fallback and earlier.name == name
        fallback = sample.kind is Kind.FALLBACK or follows
        at = seen if sample.time is None else time
        self.model = ObservedModel(raw=sample.value, name=name, at=at, fallback=fallback)

    def conversation(self, *, prompted: bool | None, touched: float) -> Conversation:
        """Return what it all comes to."""
        tells = self._profile.transcript is not None and bool(self._profile.transcript.ended)
        return Conversation(
            found=True,
            prompted=prompted,
            model=self.model,
            refused=self._refused if self._refused > max(self._answered, self._model_time) else 0.0,
            answered=self._answered,
            busy=self._busy if tells else None,
            turned=self._turn_time,
            touched=touched,
        )
