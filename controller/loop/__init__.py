"""The loop: one pass after another, each of which may be the first.

Joins the rooms below it and decides only when to look again; what is to be done is decided by the plan, from what is
true now, never from which event came.
"""
