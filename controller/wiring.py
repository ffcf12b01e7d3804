"""The only place where parts are put together."""

import os
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

from .load.assemble import Here
from .load.source import Source
from .loop.controller import Controller
from .loop.sight import Sight
from .model.observed import Stranger
from .model.profile import Identify, Profile
from .model.record import SessionRecord
from .observe.executables import executables
from .observe.eyes import Eyes
from .record.facts import Facts
from .record.memory import StoredMemory
from .record.store import Access, Store
from .runtimes import tokens
from .runtimes.acp.orders import statement_path
from .runtimes.runfile import read_run_file, run_files
from .runtimes.table import Runtimes
from .settings import Settings, self_spawn


def connect(settings: Settings, *, write: bool) -> Controller:
    """Return a controller over this machine's files, processes and state.

    :param write: the caller holds the controller lock, and the controller may remember and act.
    """
    store = Store(settings.database, Access.OWN if write else Access.READ)
    source = Source(
        settings.directories,
        memory=StoredMemory(store),
        here=Here(settings.host_name, settings.labels),
        settle=settings.settle,
    )
    sight = Sight(
        eyes=Eyes(partial(read_run_file, settings.run_dir), statement=partial(_statement, settings.run_dir)),
        scan=partial(_scan, settings.run_dir),
        executables=executables,
        runtimes=Runtimes(settings),
        tools=partial(_tools, settings),
    )
    state_id = Facts(store).state_id()
    controller = Controller(settings=settings, store=store, source=source, sight=sight, state_id=state_id, writes=write)
    if write:
        from .loop.dispatch import Dispatch  # brings the room that does along, which a look need not pay for
        from .loop.ports import ports_of

        controller.connect(Dispatch(ports_of(controller, dict(os.environ)), controller.ended))
    return controller


def _tools(settings: Settings, name: str) -> tuple[str, ...]:
    """Return how a session's agent starts its own server; which session it is, it knows by a private file."""
    places = [word for directory in settings.directories for word in ("--sessions-dir", os.fspath(directory))]
    token = os.fspath(tokens.path_of(settings.run_dir, name))
    return tuple(self_spawn("mcp", "--token-file", token, "--state-dir", os.fspath(settings.state), *places))


def _statement(run_dir: Path, name: str) -> str:
    return os.fspath(statement_path(run_dir, name))


def _scan(run_dir: Path, profiles: Mapping[str, Profile], records: Collection[SessionRecord]) -> tuple[Stranger, ...]:
    """Look for agents that are not ours; where no profile can tell one, there is nothing to look for."""
    from .observe.strangers import strangers  # only a controller looks for them

    if all(profile.identify == Identify() for profile in profiles.values()):
        return ()
    ours = [record.process for record in records if record.process]
    ours += [file.process for file in run_files(run_dir).values()]
    return strangers(profiles, ours, [record.conversation for record in records if record.conversation])
