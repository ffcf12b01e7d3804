"""Any sequence of steps, reopened anywhere, is what a plain dict says; any damage is noticed or harmless."""

import contextlib
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from controller.errors import MusterError
from controller.model.event import EventType
from controller.model.record import Intent, Operation, SessionRecord
from controller.model.transaction import Event, Transaction
from controller.record.events import EventLog
from controller.record.journal import Journal
from controller.record.store import Access, Store

names = st.sampled_from("abcd")
texts = st.none() | st.text(max_size=8)
numbers = st.floats(0, 1e12)
records = st.builds(
    SessionRecord, name=names, asked_model=texts, asked_at=numbers, last_error=texts, failures=st.integers(0, 9)
)
events = st.builds(
    Event,
    at=numbers,
    type=st.sampled_from([EventType.HELD, EventType.PARKED]),
    session=st.none() | names,
    data=st.dictionaries(st.sampled_from("xy"), st.booleans() | st.none() | st.integers(0, 1) | st.text(max_size=2)),
)
steps = st.lists(
    st.tuples(
        st.lists(records, max_size=3),
        st.booleans(),
        st.lists(st.integers(0, 20), max_size=3),
        st.lists(events, max_size=3),
        st.lists(names, max_size=2),
        st.booleans(),
    ),
    max_size=12,
)


class Model:
    """What the state should hold, as plain values."""

    def __init__(self) -> None:
        self.records: dict[str, SessionRecord] = {}
        self.intents: dict[str, Intent] = {}
        self.told: list[tuple[Event, int]] = []

    def apply(self, step: Transaction) -> None:
        self.records |= {record.name: record for record in step.records}
        for name in step.forgotten:
            self.records.pop(name, None)
        self.intents |= {intent.id: intent for intent in step.opened}
        for id_ in step.closed:
            self.intents.pop(id_, None)
        for event in step.events:
            self.tell(event)

    def tell(self, event: Event) -> None:
        of_session = [place for place, (old, _) in enumerate(self.told) if old.session == event.session]
        if of_session:
            old, count = self.told[of_session[-1]]
            # Types count: in JSON and for people, true is not 1.
            same = {key: repr(value) for key, value in old.data.items()} == {k: repr(v) for k, v in event.data.items()}
            if old.type == event.type and same:
                self.told[of_session[-1]] = (old, count + 1)
                return
        self.told.append((event, 1))


def assert_same(store: Store, model: Model) -> None:
    journal = Journal(store)
    assert journal.records() == model.records
    assert {intent.id: intent for intent in journal.open_intents()} == model.intents
    assert [(logged.event, logged.count) for logged in EventLog(store).events()] == model.told


@given(steps)
def test_any_steps_reopened_anywhere_are_what_a_dict_says(
    sequence: list[tuple[list[SessionRecord], bool, list[int], list[Event], list[str], bool]],
) -> None:
    model = Model()
    with tempfile.TemporaryDirectory() as directory:
        store = Store(Path(directory) / "state" / "state.db", Access.OWN)
        journal = Journal(store)
        for number, (put, opens, closed, told, forgotten, reopen) in enumerate(sequence):
            after = SessionRecord(name="a")
            intent = Intent(id=str(number), name="a", operation=Operation.STOP, nonce="n", after=after)
            step = Transaction(
                records=tuple(put),
                opened=(intent,) * opens,
                closed=tuple(map(str, closed)),
                events=tuple(told),
                forgotten=tuple(forgotten),
            )
            journal.commit_now(step)
            model.apply(step)
            assert journal.records() == model.records
            if reopen:
                store.close()
                journal = Journal(store)
        assert_same(store, model)
        store.close()


@given(st.data())
def test_any_damage_is_noticed_or_harmless_and_the_next_controller_starts(data: st.DataObject) -> None:
    """Whatever became of the bytes, the owner opens a state that works, and tells when it is another one."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "state" / "state.db"
        known = {f"s{number}": SessionRecord(name=f"s{number}", cwd="/w" * 200) for number in range(40)}
        with Store(path, Access.OWN) as store:
            Journal(store).commit_now(Transaction(records=tuple(known.values())))
        content = bytearray(path.read_bytes())
        # Of the header only the magic: its versions and page sizes say "newer" or "read-only", and are believed.
        place = data.draw(st.just(0) | st.integers(100, len(content) - 1))
        junk = data.draw(st.binary(min_size=1, max_size=5000))
        content[place : place + len(junk)] = junk[: len(content) - place]
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)

        with contextlib.suppress(MusterError), Store(path, Access.READ) as store:
            Journal(store).records()
        with Store(path, Access.OWN) as store:
            found = Journal(store).records()
            assert (found == {}) == bool(store.new)
            assert len(found) in {0, len(known)}
            assert store.new == bool(store.rebuilt)
            Journal(store).commit_now(Transaction(records=(SessionRecord(name="next"),)))
        with Store(path, Access.READ) as store:
            assert "next" in Journal(store).records()
