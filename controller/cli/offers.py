"""The way of the verbs to ``doors/offers.py``."""

from ..doors.offers import agent_of, model_of, profile, require

__all__ = ["agent_of", "model_of", "profile", "require"]
