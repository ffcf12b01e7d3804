"""From directories of files to one value: every session that counts, the fleet, the profiles, all that is wrong.

It reads (``scan``, ``read``, ``git``), parses with places (``document``), checks (``check``, ``cross``), decides when a
change counts (``settle``), keeps the last good word in force (``source``), and edits one value by splice (``edit``).

It must not stop at the first error, let one bad file hide another, take "cannot see" for "is gone", write into a
session directory by itself, or do anything to a process.
"""
