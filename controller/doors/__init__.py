"""Doors: what the command line and the agents' own tools both do: read the files, look, judge who asks, edit.

It prints nothing and reads no arguments; the rooms above do. What it cannot do, it raises.
"""
