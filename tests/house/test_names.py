"""Names: none that says nothing, and no agent's name in Python."""

import ast
import re
from pathlib import Path

from tests.house.reading import ROOT, files, sources, words, write

BANNED = {"manager", "handler", "helper", "util", "common", "impl"}
# The embedded agent is also a command.
COMMANDS = {"demo"}


def banned_words(name: str) -> set[str]:
    return {word.removesuffix("s") for word in words(name)} & BANNED


SOURCE = re.compile(r"facts/[\w-]+\.md")
"""Where a figure comes from is said by the name of its file."""


def empty_names(root: Path) -> list[str]:
    """Files, classes and functions whose name holds a word that says nothing."""
    found = []
    for name, tree in sources(root, "controller", "tests", "benchmarks"):
        if banned := banned_words(name):
            found.append(f"{name}: '{banned.pop()}' says nothing")
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found += [
                    f"{name}:{node.lineno} {node.name}: '{word}' says nothing" for word in banned_words(node.name)
                ]
    return found


def agents(root: Path) -> set[str]:
    return {path.stem.lower() for path in files(root / "controller" / "agents", "[!_]*.yaml")} - COMMANDS


def named_agents(root: Path) -> list[str]:
    """Lines of Python that name an agent: what is special about one belongs in its profile."""
    if not (names := agents(root)):
        return []
    pattern = re.compile(rf"(?<![a-z])({'|'.join(map(re.escape, sorted(names)))})(?![a-z])", re.IGNORECASE)
    return [
        f"{path.relative_to(root)}:{number} names the agent '{match.group().lower()}'; say it in its profile"
        for path in files(root / "controller", "*.py")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for match in pattern.finditer(SOURCE.sub("", line))
    ]


def test_every_name_says_something() -> None:
    assert empty_names(ROOT) == []


def test_no_python_names_an_agent() -> None:
    assert named_agents(ROOT) == []


def test_empty_names_are_found(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "controller/utils/x.py": "",
            "controller/y.py": "class HTTPManager: ...\ndef signal_handlers(): ...\nclass Uncommon: ...\n",
        },
    )

    assert empty_names(tmp_path) == [
        "controller/utils/x.py: 'util' says nothing",
        "controller/y.py:1 HTTPManager: 'manager' says nothing",
        "controller/y.py:2 signal_handlers: 'handler' says nothing",
    ]


def test_an_agents_name_is_found_in_code_strings_and_comments(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "controller/agents/parrot.yaml": "",
            "controller/agents/demo.yaml": "",
            "controller/a.py": "def is_parrot(): ...\nx = 'Parrot'\n# as parrot does\ny = 'parrots demo'\n",
        },
    )

    assert [fault.partition(" ")[0] for fault in named_agents(tmp_path)] == [f"controller/a.py:{n}" for n in (1, 2, 3)]
