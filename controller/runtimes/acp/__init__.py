"""The ``acp`` runtime: the keeper, one small process a session that holds an agent's stdio, and the way to it.

What the keeper loads is the standard library and ``wire``: it lives as long as its session, and there may be hundreds.
"""
