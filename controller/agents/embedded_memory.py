"""What the embedded agent knows of one conversation, whichever way it is held."""

from __future__ import annotations

import os

from . import embedded_files as files
from . import embedded_options as options


class Memory:
    """Who said what, on which model, and where both are kept."""

    def __init__(self, session_id: str, model: str, cwd: str | None = None) -> None:
        """Take up the transcript of this id in its directory, which is ours without one, or prepare a new one."""
        cwd = cwd or os.getcwd()  # noqa: PTH109 - a string is all that is wanted of it
        self.session_id = session_id
        self.model = model
        self.registry = files.Registry(session_id, cwd)
        self._transcript = files.Transcript(session_id, cwd)
        self.turns = self._transcript.turns()
        self.sentences = [turn.get("text", "") for turn in self.turns if turn["type"] == "user"]

    @classmethod
    def known(cls, session_id: str, model: str, cwd: str | None = None) -> Memory:
        """Take up a conversation that has begun.

        :raises Refused: there is none of this id in this directory.
        """
        memory = cls(options.session_id(session_id), model, cwd)
        if not memory.sentences or "refuse-resume" in options.faults():
            raise options.Refused(f"no conversation found with session ID: {memory.session_id}")
        return memory

    def last_model(self) -> str | None:
        """Return the model of the last answer; None before the first."""
        models = [turn.get("model") for turn in self.turns if turn["type"] == "assistant"]
        return models[-1] if models else None

    def switch(self, name: str) -> None:
        """Take another model from the next turn on.

        :raises Refused: it is not offered.
        """
        self.model = options.model(name)
        self._transcript.append("model_change", model=self.model)

    def hear(self, prompt: str) -> tuple[str, ...]:
        """Keep what the person says, and return what they said before."""
        earlier = tuple(self.sentences)
        self._transcript.append("user", text=prompt)
        self.sentences.append(prompt)
        return earlier

    def refuse(self) -> None:
        """Keep that the provider did not give us the model."""
        self._transcript.append("refused", model=self.model)

    def answer(self, text: str, model: str) -> None:
        """Keep an answer."""
        self._transcript.append("assistant", model=model, text=text)
