"""The difference between what should be and what is, as a value: one change a session, with what holds it back.

Pure: no I/O, no clock, no async. It does nothing; the dry run, the loop and apply share it.
"""
