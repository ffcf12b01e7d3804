"""What a person may have meant."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like this one, ``None`` when none is near."""
    from difflib import get_close_matches  # 10 ms that only a wrong word pays

    spelled = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), spelled, n=1, cutoff=0.6)
    return spelled[close[0]] if close else None


def listed(words: Iterable[str], most: int = 12) -> str:
    """Return words as a list for people, cut where nobody would read on."""
    every = list(words)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")


def meant(word: str, known: Iterable[str], otherwise: str | None = None) -> str | None:
    """Return a hint that names the nearest word, else the words there are."""
    known = list(known)
    if near := nearest(word, known):
        return f"did you mean {near!r}?"
    return otherwise or (f"there are: {listed(known)}" if known else None)
