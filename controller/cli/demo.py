"""``muster demo``: the whole story on this machine in under a minute, told so that a newcomer understands."""

import argparse
import shutil
import time
from typing import Final

from .console import Console
from .demo_stage import Stage

FLEET: Final = """\
defaults: {agent: demo, model: balanced}
tiers: {admin: powerful, family: balanced, bots: fast}
origins: {ai: balanced}
rollout: {at_once: 2, pause: 0s}
"""
ALICE: Final = "tier: admin\norigin: human\n"
DAD: Final = "tier: family\nmodel: mini      # dad's own wish, above his tier\norigin: human\n"
WORKER: Final = "origin: ai\nparent: alice\n"
SCRIBE: Final = "runtime: acp\nmodel: mini\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whether it waits before it takes everything down."""
    parser.add_argument("--stay", action="store_true", help="wait at the end: go on in its directory meanwhile")


def run(args: argparse.Namespace, console: Console) -> int:
    """Play every act; the first claim that is not so ends it with its exit code."""
    begun = time.monotonic()
    with Stage(console) as stage:
        stage.tell(f"Everything here happens in {stage.root}, with real processes, and is taken down at the end.\n")
        for number, act in enumerate(ACTS, 1):
            stage.tell(f"{number}. {(act.__doc__ or '').strip()}")
            act(stage)
            stage.tell("")
        took = time.monotonic() - begun
        if args.stay:
            stage.wait_for_person()
        stage.tell("Taking everything down.")
    console.line(f"All of it was so, in {took:.0f} s.")
    return 0


def start(stage: Stage) -> None:
    """Three sessions are files; each starts on the model that its highest speaking layer names."""
    stage.write("_fleet.yaml", FLEET)
    stage.write("alice.yaml", ALICE)
    stage.write("dad.yaml", DAD)
    stage.write("worker.yaml", WORKER)
    stage.muster("plan")
    stage.run_controller()
    for name, model in (("alice", "maxi"), ("dad", "mini"), ("worker", "midi")):
        stage.muster("wait", name, "--for", "applied", show=False)
        stage.check(stage.status(name)["asked"]["model"] == model, f"{name} runs on {model}", stage.status(name))
    stage.muster("status")


def talk(stage: Stage) -> None:
    """A conversation is held; the agent's own transcript says which model answered."""
    stage.muster("send", "alice", "My daughter is called Ada")
    stage.until("alice answers", lambda: len(stage.answers("alice")) == 1)
    stage.tell(f"    alice: {stage.answers('alice')[-1]}")
    stage.check(stage.answers("alice")[0].startswith("[maxi-1]"), "maxi answered", stage.answers("alice"))


def edit(stage: Stage) -> None:
    """While alice is busy her file is edited: the plan holds the switch back, then it happens with the conversation."""
    before = stage.status("alice")
    stage.muster("send", "alice", "take 10 seconds to think of a present")
    stage.until("alice is busy", lambda: stage.status("alice")["activity"] == "busy")
    stage.write("alice.yaml", ALICE + "model: midi\n")
    printed = stage.muster("plan")
    stage.check("busy" in printed, "the plan holds a busy session", printed)
    now = stage.status("alice")  # on a slow machine the turn may be over by now
    stage.check(now["pid"] == before["pid"] or now["activity"] != "busy", "a busy session is not touched", now)
    stage.until("alice is on midi", lambda: stage.status("alice")["asked"]["model"] == "midi")
    stage.tell("    ... the answer came, and then:")
    stage.muster("status", "alice")
    after = stage.status("alice")
    stage.check(after["pid"] != before["pid"], "it was restarted")
    stage.check(after["conversation"] == before["conversation"], "with the same conversation")
    recall(stage, "alice", "midi-1")


def recall(stage: Stage, name: str, model: str) -> None:
    """Ask what was said before the switch; the answer must name the new model and know the old words."""
    heard = len(stage.answers(name))
    stage.muster("send", name, "What did I tell you?")
    stage.until(f"{name} answers", lambda: len(stage.answers(name)) > heard)
    answer = stage.answers(name)[-1]
    stage.tell(f"    {name}: {answer}")
    stage.check(answer.startswith(f"[{model}]") and "Ada" in answer, f"{model} knows the earlier words", answer)


def in_place(stage: Stage) -> None:
    """A session without a terminal is told its new model over the protocol: the same process goes on."""
    stage.write("scribe.yaml", SCRIBE)
    stage.muster("wait", "scribe", "--for", "applied", show=False)
    before = stage.status("scribe")
    stage.muster("send", "scribe", "My cat is called Bert", "--wait")
    stage.write("scribe.yaml", SCRIBE.replace("mini", "maxi"))
    stage.until("the scribe is on maxi", lambda: stage.status("scribe")["asked"]["model"] == "maxi")
    after = stage.status("scribe")
    stage.check(after["pid"] == before["pid"], "nothing was restarted", (before, after))
    answer = stage.muster("send", "scribe", "What did I tell you?", "--wait")
    stage.check("[maxi-1]" in answer and "Bert" in answer, "maxi-1 knows the earlier words", answer)
    stage.muster("logs", "scribe")


def table(stage: Stage) -> None:
    """The tier table is edited in a copy first: the plan shows who would move and who would not."""
    proposal = stage.root / "proposal.d"
    shutil.copytree(stage.sessions, proposal)
    stage.write(
        "_fleet.yaml",
        FLEET.replace("ai: balanced", "ai: fast").replace("family: balanced", "family: fast"),
        folder=proposal,
    )
    printed = stage.muster("plan", sessions=proposal)
    stage.check("worker" in printed and "mini" in printed, "the worker would move to mini", printed)
    stage.tell("  The worker moves. Alice and dad say their own model, so the table does not reach them.")
    pids = {name: stage.status(name)["pid"] for name in ("alice", "dad")}
    stage.write("_fleet.yaml", (proposal / "_fleet.yaml").read_text())
    stage.until("the worker is on mini", lambda: stage.status("worker")["asked"]["model"] == "mini")
    now = {name: stage.status(name)["pid"] for name in pids}
    stage.check(now == pids, "the others were not touched", (pids, now))


def crash(stage: Stage) -> None:
    """An agent is killed with SIGKILL: it comes back, on its model, with its conversation."""
    before = stage.status("alice")["pid"]
    stage.kill_agent("alice")
    stage.until("alice is back", lambda: stage.status("alice").get("pid") not in {None, before})
    stage.check(stage.status("alice")["asked"]["model"] == "midi", "on midi", stage.status("alice"))
    recall(stage, "alice", "midi-1")


def typo(stage: Stage) -> None:
    """A file with a typo is refused, with line and column, while its session keeps running."""
    before = stage.status("dad")["pid"]
    stage.write("dad.yaml", DAD.replace("model", "modle"))
    printed = stage.muster("validate", exits=3)
    stage.check("dad.yaml:2:1" in printed, "the place is named", printed)
    stage.check(stage.status("dad")["pid"] == before, "dad runs on as before")
    stage.write("dad.yaml", DAD)


def survive(stage: Stage) -> None:
    """The controller is killed with SIGKILL and started again: no session notices."""
    names = ("alice", "dad", "worker")
    before = {name: stage.status(name)["pid"] for name in names}
    stage.kill_controller()
    stage.tell("  $ kill -9 <the controller>")
    stage.run_controller()
    after = {name: stage.status(name)["pid"] for name in names}
    stage.check(before == after, "every session is the same process", (before, after))
    stage.tell(f"    the same processes as before: {', '.join(f'{name} {pid}' for name, pid in after.items())}")
    stage.muster("events", "--limit", "12")


ACTS: Final = (start, talk, edit, in_place, table, crash, typo, survive)
