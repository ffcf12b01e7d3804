"""From what the files say to what should be: the layers of the model, the winner, the ceiling, the fingerprint.

Pure: no I/O, no clock, no async. It decides nothing about processes; that is plan's.
"""
