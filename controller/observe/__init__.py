"""What the machine shows: processes, conversations, activity, models.

It only looks: it signals nothing, writes nothing and starts nothing but an agent that is asked for its version. What
cannot be seen is unknown, never absent and never idle; whatever stands in an agent's files is hostile until it is read.
"""
