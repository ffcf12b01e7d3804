"""The way of the verbs to ``doors/joining.py``."""

from ..doors.joining import acting, looking, picture, settled, statuses

__all__ = ["acting", "looking", "picture", "settled", "statuses"]
