"""One value changes, and not a byte elsewhere."""

import pytest

from controller.load.document import parse
from controller.load.edit import EditRefused, remove_key, set_value

ANNA = """\
# Anna
tier: family   # a tier
model: 'opus'  # best

# about env
env:
  A: b   # x
  # after A

# end
"""


@pytest.mark.parametrize(
    "path, value, before, after",
    [
        (("tier",), "bots", "tier: family ", "tier: bots "),
        (("model",), "4.1", "'opus'", "'4.1'"),
        (("model",), "it's", "'opus'", "'it''s'"),
        (("env", "A"), "no", "A: b ", 'A: "no" '),
        (("env", "A"), "x # y", "A: b ", 'A: "x # y" '),
        (("effort",), "high", "  # after A\n", "  # after A\neffort: high\n"),
        (("env", "B"), "c", "A: b   # x\n", "A: b   # x\n  B: c\n"),
        (("update", "when"), "now", "  # after A\n", "  # after A\nupdate: {when: now}\n"),
        (("suspend",), True, "  # after A\n", "  # after A\nsuspend: true\n"),
    ],
)
def test_a_value_is_set(path: tuple[str, ...], value: str | bool, before: str, after: str) -> None:
    """Comments, quotes and blank lines stay; what needs quotes gets them."""
    assert set_value(ANNA, path, value) == ANNA.replace(before, after)


@pytest.mark.parametrize(
    "text, path, value, wanted",
    [
        ("\ufefftier: a\r\nmodel: b\r\n", ("state",), "stopped", "\ufefftier: a\r\nmodel: b\r\nstate: stopped\r\n"),
        ("\ufefftier: a\r\nmodel: b\r\n", ("tier",), "c", "\ufefftier: c\r\nmodel: b\r\n"),
        ("tier: a", ("model",), "b", "tier: a\nmodel: b"),
        ("{tier: a}\n", ("model",), "b", "{tier: a, model: b}\n"),
        ("tiers: {a: b,}  # c\n", ("tiers", "*"), "x", 'tiers: {a: b, "*": x,}  # c\n'),
        ("tiers:\n    a: b\nz: y\n", ("tiers", "c"), "x", "tiers:\n    a: b\n    c: x\nz: y\n"),
        ("defaults: {}\n", ("defaults", "model"), "x", "defaults: {model: x}\n"),
        ("tiers:\nz: y\n", ("tiers", "a"), "x", "tiers: {a: x}\nz: y\n"),
        ("model:\n", ("model",), "x", "model: x\n"),
        ("", ("tiers", "a"), "x", "tiers: {a: x}\n"),
        ("# only\n", ("model",), "x", "# only\nmodel: x\n"),
        ("prompt: |\n  a\n  # b\n", ("model",), "x", "prompt: |\n  a\n  # b\nmodel: x\n"),
        ("args:\n- x\n- y\n", ("model",), "x", "args:\n- x\n- y\nmodel: x\n"),
        ("---\ntier: a\n...\n", ("model",), "x", "---\ntier: a\nmodel: x\n...\n"),
        ('tier: "a\n  b"\nmodel: c\n', ("tier",), "x", 'tier: "x"\nmodel: c\n'),
        ("model: {demo: a}\n", ("model", "demo"), "b", "model: {demo: b}\n"),
        ("tier: a\n", ("tier",), "a", "tier: a\n"),
    ],
)
def test_every_way_of_writing_stays(text: str, path: tuple[str, ...], value: str, wanted: str) -> None:
    """Line ends, marks, flow and block, indents, and the newline that is missing at the end."""
    assert set_value(text, path, value) == wanted


@pytest.mark.parametrize(
    "text, path, wanted",
    [
        (ANNA, ("model",), ANNA.replace("model: 'opus'  # best\n", "")),
        (ANNA, ("env", "A"), ANNA.replace("env:\n  A: b   # x\n", "")),
        ("a: 1\nover:\n  x: y\n  until: z # w\n# c\nb: 2\n", ("over",), "a: 1\n# c\nb: 2\n"),
        ("{a: 1, b: 2}\n", ("a",), "{b: 2}\n"),
        ("{a: 1, b: 2}\n", ("b",), "{a: 1}\n"),
        ("a: 1\nb: 2", ("b",), "a: 1"),
        ("a: 1\r\nb: 2", ("b",), "a: 1"),
        ("a: 1\nargs:\n- x\n- y\nb: 2\n", ("args",), "a: 1\nb: 2\n"),
        ("a: 1\np: |\n  x\n\n  y\nb: 2\n", ("p",), "a: 1\nb: 2\n"),
        ("# hers\nmodel: a  # best\n# end\n", ("model",), "# hers\n{}\n# end\n"),
        ("# hers\r\nmodel: a", ("model",), "# hers\r\n{}\r\n"),
        ("model: {demo: a}\n", ("model", "demo"), "{}\n"),
        ("{model: a}\n", ("model",), "{}\n"),
        ("---\nmodel: a\n...\n", ("model",), "---\n{}\n...\n"),
    ],
)
def test_a_key_is_removed(text: str, path: tuple[str, ...], wanted: str) -> None:
    """The key goes with its value and the comment behind it; comments above and below stay."""
    assert remove_key(text, path) == wanted


@pytest.mark.parametrize(
    "text, path",
    [
        ("model: a\nmodel: b\n", ("model",)),
        ("tier: [\n", ("model",)),
        ("model: {demo: a}\n", ("model",)),
        ("model: a\n", ("model", "demo")),
        ("prompt: |\n  a\n", ("prompt",)),
        ("prompt: |\n  a\n  b", ("model",)),
        ("args: [a]\n", ("args",)),
    ],
)
def test_what_cannot_be_proven_is_refused(text: str, path: tuple[str, ...]) -> None:
    """No guess is made on a person's file; the hint shows what to write by hand."""
    with pytest.raises(EditRefused) as refused:
        set_value(text, path, "x")
    assert "write by hand: " in (refused.value.hint or "")


@pytest.mark.parametrize("text, path", [("a: 1\n", ("b",)), ("? a\n: 1\nb: 2\n", ("a",))])
def test_what_cannot_be_cut_out_is_refused(text: str, path: tuple[str, ...]) -> None:
    """What is not there, and what shares its line."""
    with pytest.raises(EditRefused):
        remove_key(text, path)


def test_a_file_whose_last_key_went_takes_another() -> None:
    assert set_value(remove_key("# hers\nmodel: a\n", ("model",)), ("model",), "b") == "# hers\n{model: b}\n"


def test_a_tree_is_written_on_one_line_and_reads_the_same() -> None:
    """A profile's overlay; every key and word in it is quoted where a reader could take it for something else."""
    tree = {"a: b": ["x, y", "yes", "plain"], "off": {"deep": True, "list": []}}
    text = set_value("agents:\n  one: {x: y}\n", ("agents", "two"), tree)

    assert text.count("\n") == 3
    assert text.startswith("agents:\n  one: {x: y}\n  two: {")
    assert parse(text.encode()).tree["agents"]["two"] == tree
