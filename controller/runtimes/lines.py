"""What may be typed into a session."""

from ..errors import MusterError


def checked_line(name: str, line: str) -> str:
    """Return the line without its final line break.

    :raises MusterError: when it holds control characters: a line break would send it early, and escapes are keys.
    """
    text = line.removesuffix("\n")
    if any((ord(sign) < 0x20 and sign != "\t") or ord(sign) == 0x7F for sign in text):
        raise MusterError(f"cannot type to {name}: the text holds a control character", hint="send it line by line")
    return text
