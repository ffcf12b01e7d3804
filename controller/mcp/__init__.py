"""MCP: the tools by which agents start and steer sessions of their own, served by the official SDK.

It runs in processes of its own (``muster mcp``), because the SDK weighs more than the controller. It knows its caller
by a token alone, never by what a call says; and each change it makes is an edit of a file in ``sessions.d``.
"""
