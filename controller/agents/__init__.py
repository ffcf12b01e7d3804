"""What Muster knows of agents: one YAML file each, read by `load`, plus the embedded agent.

The embedded agent is a program, not a part of the controller: it imports nothing from the other
rooms, and no room imports it. It is started as a process of its own, like any other agent.
"""
