"""The mutations as values: where, what, and which tests should notice."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ruamel.yaml import YAML

LIST = Path("tests/mutation/mutations.yaml")


class CannotBreak(Exception):
    """The tree is not as a mutation says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One way to break one function.

    :ivar breaks: what does not hold any more, in words; its name.
    :ivar at: file of the package and function in it, ``plan/waiting.py::busy``.
    :ivar returns: what the function returns at once, in Python; or
    :ivar replace: a text that stands once in the function, and ``by``, what stands there instead.
    :ivar held_by: the tests that should fail, as pytest takes them, seen from ``tests``.
    :ivar guard: the guard of the planner that it takes away.
    :ivar survives: why no test can notice.
    """

    breaks: str
    at: str
    held_by: tuple[str, ...]
    returns: str | None = None
    replace: str | None = None
    by: str | None = None
    guard: str | None = None
    survives: str | None = None

    @classmethod
    def of(cls, said: dict[str, Any]) -> Self:
        """Return what one entry of the list says."""
        return cls(**{**said, "held_by": tuple(said["held_by"])})

    @property
    def file(self) -> Path:
        """The file that is broken, seen from the root."""
        return Path("controller") / self.at.partition("::")[0]

    def broken(self, source: str) -> str:
        """Return the file's text with the mutation in it.

        :raises CannotBreak: when the function or the text is not there, or not once.
        """
        lines = source.splitlines(keepends=True)
        function = self._function(source)
        body = function.body[1 if ast.get_docstring(function) else 0]
        if self.returns is not None:
            lines.insert(body.lineno - 1, f"{' ' * body.col_offset}return {self.returns}\n")
            return "".join(lines)
        first, last = function.lineno - 1, function.end_lineno
        text = "".join(lines[first:last])
        if self.replace is None or self.by is None or text.count(self.replace) != 1:
            raise CannotBreak(f"{self.breaks}: {self.replace!r} does not stand once in {self.at}")
        return "".join([*lines[:first], text.replace(self.replace, self.by), *lines[last:]])

    def _function(self, source: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
        scope: ast.AST = ast.parse(source)
        for name in self.at.partition("::")[2].split("."):
            found = [node for node in ast.walk(scope) if getattr(node, "name", None) == name]
            if len(found) != 1:
                raise CannotBreak(f"{self.breaks}: {len(found)} times {name} in {self.file}")
            scope = found[0]
        if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            raise CannotBreak(f"{self.breaks}: {self.at} is no function")
        return scope


def read(root: Path) -> list[Mutation]:
    """Return the list, in its order."""
    return [Mutation.of(said) for said in YAML(typ="safe", pure=True).load(root / LIST)]
