"""What people and machines read: plans, states, reasons, problems and events, as text or as JSON-able values.

Pure: no I/O, no clock, no async. It decides nothing, and shows no environment: secrets may be in it.
"""

SCHEMA_VERSION = 1
"""Of every JSON document; raised when a key changes its meaning or goes."""
