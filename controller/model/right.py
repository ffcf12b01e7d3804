"""Who may do what; by itself, because ``muster --help`` has no time for more."""

from enum import StrEnum


class Right(StrEnum):
    """Who may give a command, or call a tool."""

    ANYONE = "anyone"
    """It changes nothing."""
    KIN = "kin"
    """An AI may for its own session and what descends from it."""
    LIMITS = "limits"
    """An AI may within the fleet's ``ai`` limits; the door itself judges."""
    PERSON = "person"
    """Only a person may: it is about every session, or takes a person's word over a guard."""
