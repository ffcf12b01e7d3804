"""The durable memory: records, the journal of intents, events, requests, facts, what load remembers, and locks.

One SQLite file (WAL, every commit synced) written by one thread, which commits together whatever waits. It decides
nothing and starts nothing: it is asked and told by the rooms above. Never in the watched tree.
"""
