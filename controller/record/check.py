"""What the owner of the state looks over before trusting it."""

from sqlite3 import Connection

from . import intents, records
from .errors import StateDamaged


def look_over(db: Connection) -> None:
    """Prove that the file is sound and that what decides over sessions can be read.

    :raises StateDamaged: when it is not; better no memory, which is rebuilt by looking, than a part of one.
    """
    answer = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise StateDamaged(f"cannot read the state: {answer}")
    records.all_of(db)
    intents.all_open(db)
