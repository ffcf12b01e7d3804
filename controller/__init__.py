"""Muster: keep AI-agent sessions on the model that their files declare."""

__version__ = "0.1.0"
