"""The conversation with the agent once it is open: what it is, which models there are, and how one is set."""

from collections.abc import Callable
from typing import Any, Final

from ...model.channel import Channel
from ...model.wish import ModelWish
from ...wire.acp import Models, models_in
from ...wire.jsonrpc import Code
from ...wire.ndjson import Message
from ...wire.statement import SetBy
from .peer import Peer, RpcError
from .says import Says

_WITHIN: Final = 30.0
"""Seconds for an agent to set its model: some ask their provider first."""
_OPENED: Final = ("configOptions", "models", "modes")
"""What the answer to new, load or resume says besides the id; a front end that comes later is told the same."""


class Talk:
    """One conversation over one agent's stdio."""

    def __init__(self, peer: Peer, says: Says, tell: Callable[[Message], None]) -> None:
        """Know nothing yet; the opening fills it in.

        :param tell: is given an update for front ends when options were set by one of them, or by us.
        """
        self.peer = peer
        self._tell = tell
        self.says = says
        self.conversation = ""
        self.initialized: Message = {}
        self.opened: Message = {}
        """What a front end is answered to new, load and resume: kept up to date."""
        self.commands: Message | None = None
        """The agent's last list of commands, an update."""
        self.models = Models()

    def open(self, conversation: str, result: Any) -> None:
        """Take in the answer to new, load or resume."""
        self.conversation = conversation
        said = result if isinstance(result, dict) else {}
        self.opened = {key: said[key] for key in _OPENED if said.get(key) is not None}
        self.models = models_in(self.opened)
        self._say(SetBy.AGENT)

    def note(self, update: Message) -> None:
        """Take in an update of the agent's that changes what front ends must be told."""
        match update.get("sessionUpdate"):
            case "available_commands_update":
                self.commands = update
            case "config_option_update":
                self._take(update, SetBy.AGENT)
            case "current_mode_update" if isinstance(self.opened.get("modes"), dict):
                self.opened["modes"] = self.opened["modes"] | {"currentModeId": update.get("currentModeId")}

    async def forward(self, method: str, params: Message) -> Any:
        """Set something for a front end, and return the agent's own answer.

        :raises RpcError: the agent's own refusal.
        """
        result = await self.peer.request(method, params | {"sessionId": self.conversation}, _WITHIN)
        self._take(result, SetBy.FRONT_END)
        if method == "session/set_model":
            self._take_legacy(params.get("modelId"), SetBy.FRONT_END)
        return result

    async def set_model(self, wish: ModelWish, by: SetBy) -> bool:
        """Bring the agent onto a model; false when it was there already.

        :raises RpcError: NO_METHOD when it offers no way, INVALID_PARAMS when it does not offer the model, NOT_TAKEN
            when it refuses, or goes on with another one.
        :raises ConnectionError: when the agent has gone.
        """
        while True:
            value = self._chosen(wish)
            if value == self.models.current:
                return False
            try:
                await self._send(value, by)
            except RpcError as error:
                if error.code != Code.NO_METHOD:
                    raise RpcError(Code.NOT_TAKEN, f"the agent does not take {value}: {error.message}") from error
                self._downgrade()
                continue
            except TimeoutError:
                raise RpcError(
                    Code.NOT_TAKEN, f"the agent did not say within {_WITHIN:g} s that it takes {value}"
                ) from None
            return self._verified(wish, value, by)

    def _chosen(self, wish: ModelWish) -> str:
        if self.models.channel is Channel.NONE:
            raise RpcError(Code.NO_METHOD, "the agent offers no way to set its model")
        value = wish.choose(self.models.offered)
        if value is None:
            offered = [list(one) for one in self.models.offered]
            raise RpcError(Code.INVALID_PARAMS, f"the agent does not offer {wish.name}", {"offered": offered})
        return value

    async def _send(self, value: str, by: SetBy) -> None:
        params = {"sessionId": self.conversation}
        if self.models.channel is Channel.LEGACY:
            await self.peer.request("session/set_model", params | {"modelId": value}, _WITHIN)
            self._take_legacy(value, by)
        else:
            params |= {"configId": str(self.models.option), "value": value}
            self._take(await self.peer.request("session/set_config_option", params, _WITHIN), by)

    def _verified(self, wish: ModelWish, value: str, by: SetBy) -> bool:
        """Look at what the agent itself names now: the value, or another one that stands for the same model."""
        current = self.models.current
        if current != value and (current is None or wish.choose([(current, current)]) != current):
            raise RpcError(Code.NOT_TAKEN, f"the agent was told {value} and goes on with {current}")
        self._say(by)
        return True

    def _downgrade(self) -> None:
        """Let go of a method that the agent does not know, whatever it listed."""
        self.opened.pop("configOptions" if self.models.channel is Channel.CONFIG_OPTION else "models", None)
        self.models = models_in(self.opened)
        self.says.say(channel=self.models.channel, offered=self.models.offered)

    def _take(self, said: Any, by: SetBy) -> None:
        """Take in a whole new list of options; an answer without one changes nothing."""
        if isinstance(said, dict) and isinstance(said.get("configOptions"), list):
            self.opened["configOptions"] = said["configOptions"]
            if by is not SetBy.AGENT:
                self._tell({"sessionUpdate": "config_option_update", "configOptions": said["configOptions"]})
            was, self.models = self.models, models_in(self.opened)
            if was != self.models:
                self._say(by)

    def _take_legacy(self, value: Any, by: SetBy) -> None:
        """Take the agent at its word: this method answers with nothing."""
        if isinstance(self.opened.get("models"), dict) and isinstance(value, str):
            self.opened["models"] = self.opened["models"] | {"currentModelId": value}
            self.models = models_in(self.opened)
            self._say(by)

    def _say(self, by: SetBy) -> None:
        models = self.models
        changes: dict[str, Any] = {"channel": models.channel, "offered": models.offered}
        if models.current is not None:
            changes |= {"model": models.current, "model_by": by, "model_at": self.says.clock()}
        self.says.say(conversation=self.conversation, **changes)
