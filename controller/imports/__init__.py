"""Brings in what another system has written down: its files to values, its words to ours. Nothing there is changed.

Each system has a module, which knows the shapes of its records, and a YAML file, which says what its words mean here.
Must not write anything, nor let one record that is wrong hide another.
"""
