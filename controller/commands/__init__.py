"""The commands of chat channels, one grammar for all of them: from a line to an edit and a reply.

Pure: no I/O, no clock, no async. It carries nothing out: an edit is a value, made by the doors that every edit takes.
"""
