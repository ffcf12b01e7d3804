"""By which method the model of a headless session is set; alone, for a keeper loads nothing that it does not need."""

from enum import StrEnum


class Channel(StrEnum):
    """By which method an agent lets its model be set over the protocol (facts/acp-mcp.md, section 2)."""

    CONFIG_OPTION = "config-option"
    LEGACY = "legacy"
    NONE = "none"
