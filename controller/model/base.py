"""The one way to declare a value that stands in a file or in the state."""

from pydantic import BaseModel, ConfigDict

# Validators are built when they are first needed: most of these values are read only as parts of others, and a command
# reads few of them.


class FileValue(BaseModel):
    """A frozen value read from a file: strict (no coercion), and unknown keys are errors.

    Always read by ``model_validate_json``: strict JSON mode takes an enum's text and a date's text, which strict
    Python mode refuses, and what is cached is JSON as well, so there is one way in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class StoredValue(BaseModel):
    """A frozen value kept in the state: keys of a newer version are ignored, so that a downgrade still reads it."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)
