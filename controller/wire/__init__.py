"""Bytes of a protocol to values and back: lines, JSON-RPC, what agents say of their models, a keeper's statement.

Pure: it holds no socket and no clock. Every keeper loads it, so it lives by the standard library alone.
"""
