"""The way of the verbs to ``doors/reading.py``."""

from ..doors.reading import fleet_file, loaded, remembered, session, unknown

__all__ = ["fleet_file", "loaded", "remembered", "session", "unknown"]
