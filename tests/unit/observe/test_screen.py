"""What a terminal adds to what an agent's files say."""

from dataclasses import replace

import pytest

from controller.model.clock import Now
from controller.model.observed import Activity, Observed, Presence
from controller.model.tells import Screen
from controller.observe.screen import needed, seen
from tests.unit.profiles.reading import demo

NOW = Now(wall=1000.0, boot=100.0, boot_id="b")
BUSY = Observed(name="s", presence=Presence.RUNNING, activity=Activity.BUSY, idle_for=7.0)
ASKS = Screen(waiting=[r"Proceed\?"], refused=[r"no such model"])
DECIDES = Screen(idle=[r"> \Z"], waiting=[r"Proceed\?"])


@pytest.mark.parametrize(
    "activity, asks, decides",
    [
        (Activity.BUSY, True, True),
        (Activity.UNKNOWN, True, True),
        (Activity.IDLE, False, True),
        (Activity.WAITING, False, True),
    ],
)
def test_a_terminal_is_read_only_where_it_can_say_more(activity: Activity, asks: bool, decides: bool) -> None:
    observed = replace(BUSY, activity=activity)

    assert needed(observed, demo().model_copy(update={"screen": ASKS})) is asks
    assert needed(observed, demo().model_copy(update={"screen": DECIDES})) is decides
    assert not needed(observed, demo())
    assert not needed(replace(observed, presence=Presence.ABSENT), demo().model_copy(update={"screen": DECIDES}))


@pytest.mark.parametrize(
    "rules, screen, activity",
    [
        (ASKS, "working", Activity.BUSY),
        (ASKS, "rm -r *\nProceed?", Activity.WAITING),
        (ASKS, None, Activity.BUSY),
        (DECIDES, "done\n> ", Activity.IDLE),
        (DECIDES, "> \nProceed?", Activity.WAITING),
        (DECIDES, "> \nworking", Activity.BUSY),
        (DECIDES, None, Activity.UNKNOWN),
    ],
)
def test_a_screen_says_what_the_agent_does(rules: Screen, screen: str | None, activity: Activity) -> None:
    said = seen(BUSY, rules, screen, NOW)

    assert (said.activity, said.idle_for, said.refused, said.asks_for_model) == (activity, 7.0, 0.0, False)


def test_a_refusal_on_the_screen_is_as_old_as_the_turn() -> None:
    said = seen(BUSY, ASKS, "Error: no such model", NOW)

    assert (said.activity, said.refused, said.asks_for_model) == (Activity.WAITING, 993.0, True)
