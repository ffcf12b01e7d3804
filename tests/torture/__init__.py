"""Campaigns that try to make Muster lose a conversation or harm a stranger: ``make torture``.

Each takes a seed, prints it, and replays with it (``TORTURE_SEED=1,2``). ``TORTURE=full`` makes them long; without it
they are the short form that the ordinary run contains. What is judged is the world: processes, transcripts, and every
signal that any Python process of the campaign sent, noted before it was sent (`watch/sitecustomize.py`).
"""
