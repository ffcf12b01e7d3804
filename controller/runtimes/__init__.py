"""How a session's process lives: start it, stop it, speak to it, ask who watches it.

A runtime knows processes and terminals. It does not know files, models, plans or the state, and it never decides.
"""
