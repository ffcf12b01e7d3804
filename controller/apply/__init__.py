"""Apply: do what a plan says, one transaction a session, and prove each step.

Given what it records to and looks with; it decides nothing: guards are asked again on fresh facts just before the
first signal, an intent is durable before it, and a switch that did not happen is never recorded as done.
"""
