"""Small files, small functions: what one reads in one go."""

import ast
import statistics
from pathlib import Path

from tests.house.reading import ROOT, files, functions, sources, write

FILE_LINES = 400
FUNCTION_LINES = 50
MEDIAN_FILE_LINES = 120


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def file_lines(root: Path) -> dict[str, int]:
    return {str(p.relative_to(root)): len(p.read_text().splitlines()) for p in files(root / "controller", "*.py")}


def function_lines(root: Path) -> dict[str, int]:
    return {
        f"{name}:{function.lineno} {function.name}": body_lines(function)
        for name, tree in sources(root, "controller")
        for function in functions(tree)
    }


def faults(root: Path) -> list[str]:
    long = [f"{name} has {n} lines, over {FILE_LINES}" for name, n in file_lines(root).items() if n > FILE_LINES]
    for name, n in function_lines(root).items():
        if n > FUNCTION_LINES:
            long.append(f"{name} has {n} lines, over {FUNCTION_LINES}")
    return long


def report(kind: str, lines: dict[str, int]) -> str:
    largest = max(lines, key=lambda name: lines[name])
    return f"{kind}s: {len(lines)}, median {statistics.median(lines.values()):g}, largest {lines[largest]} ({largest})"


def test_no_file_and_no_function_is_long() -> None:
    assert faults(ROOT) == []


def test_the_median_file_is_short() -> None:
    """Shown by `pytest -s tests/house/test_sizes.py`."""
    lines = file_lines(ROOT)
    print()
    print(report("file", lines))
    if functions_ := function_lines(ROOT):
        print(report("function", functions_))

    assert statistics.median(lines.values()) <= MEDIAN_FILE_LINES


def test_a_long_file_and_a_long_function_are_found(tmp_path: Path) -> None:
    body = "    x = 1\n"
    said = "Say.\n" * (FUNCTION_LINES + 1)
    write(
        tmp_path,
        {
            "controller/long.py": "x = 1\n" * (FILE_LINES + 1),
            "controller/deep.py": f"class A:\n  async def f(self):\n    '''Say.'''\n{body * (FUNCTION_LINES + 1)}",
            "controller/fine.py": f"def g():\n    '''{said}'''\n{body * FUNCTION_LINES}",
        },
    )

    assert faults(tmp_path) == [
        "controller/long.py has 401 lines, over 400",
        "controller/deep.py:2 f has 51 lines, over 50",
    ]
