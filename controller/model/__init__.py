"""The words of Muster as frozen values: what files declare, what is desired, observed, planned and recorded.

Pure: no I/O, no clock, no async, and it imports nothing of ours. Values that stand in files, in the state or
on a wire are frozen pydantic models; values that live in memory only are frozen, slotted dataclasses.
"""
