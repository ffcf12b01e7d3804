"""What commands need to edit a person's files: read, change one value, prove, replace or show as a patch."""

from .replace import create_file, patch_text, read_text, replace_file
from .splice import EditRefused, remove_key, set_value

__all__ = ["EditRefused", "create_file", "patch_text", "read_text", "remove_key", "replace_file", "set_value"]
