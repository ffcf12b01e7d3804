"""What is read without the YAML parser is read exactly as the parser reads it."""

from hypothesis import event, given, settings
from hypothesis import strategies as st

from controller.load import simple
from controller.load.document import Document, _Builder

KEYS = ("tier", "model", "args", "a", "y", "no", "null", "on", "a" * 41, "a" * 42, "a_b", "Ab", "a-b", "")
PIECES = "abe019yYnNoOxX_~/.+@%=-<>:,#'\"[]{}&*!|?`\\ \t\n\r\x00\x85\u2028\ufeffé"
NEARLY = (
    "~",
    "yes",
    "No",
    "null",
    "1",
    "0x1f",
    "0o7",
    "010",
    "1e3",
    ".5",
    ".inf",
    "-.inf",
    "-1",
    "+1",
    "--",
    "---",
    "...",
)

words = st.one_of(
    st.sampled_from(NEARLY), st.text(alphabet=PIECES, max_size=6), st.from_regex(simple._WORD, fullmatch=True)
)
items = st.one_of(st.from_regex(simple._ITEM, fullmatch=True), words)
blanks = st.sampled_from(["", " ", "  ", "\t"])


@st.composite
def values(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        return draw(items)
    inside = f"{draw(blanks)},{draw(blanks)}".join(draw(st.lists(items, max_size=3)))
    return f"[{draw(blanks)}{inside}{draw(blanks)}]"


@st.composite
def lines(draw: st.DrawFn) -> str:
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.sampled_from(["", "# a: b", "#", " # c", "  ", "---", "- a", "key", "%YAML 1.1"]))
    if kind == 1:
        return draw(st.from_regex(simple._LINE, fullmatch=True))
    note = draw(st.sampled_from(["", "", " # why", "  # a: [b", "# c", " ", "   "]))
    return f"{draw(st.sampled_from(KEYS))}:{draw(st.sampled_from([' ', '  ', '']))}{draw(values())}{note}"


def by_parser(text: str) -> Document:
    builder = _Builder(text)
    builder.parse()
    return builder.document()


plain_lines = st.one_of(st.from_regex(simple._LINE, fullmatch=True), st.from_regex(simple._REMARK, fullmatch=True))
files = st.one_of(st.lists(plain_lines, min_size=1, max_size=5), st.lists(lines(), max_size=5))


@settings(max_examples=500)
@given(files, st.sampled_from(["\n", "\n", "\n", "\r\n"]), st.booleans())
def test_a_simple_file_means_what_the_parser_says(parts: list[str], end: str, last: bool) -> None:
    """One loader: values, places to the character, what is told; where the two could differ the parser alone reads."""
    text = end.join(parts) + (end if last else "")
    found = simple.events(text)
    event("simple" if found else "left to the parser")
    if found:
        assert _Builder(text).build() == by_parser(text)


FRAMES = (
    "a: @x", "a: x@", "a: x@y", "a: @", "a: -@", "a: --@x", "a: x @", "a: x @y", "a: x #@", "a: x#@", "#@", "@a: x",
    "a@: x",
    "a:@x", "a: [@x]", "a: [x@]", "a: [x@y]", "a: [x, @]", "a: [@]", "a: [x @]", "a: [x] @", "a: '@'", "a: 'x@y'",
    'a: "@"', 'a: "x@y"', 'a: "x" @', "a: 'x'@", "a: [ '@', \"@\" ]", "a: x\n@", "a: x\n@b: y", "a: x\n @",
)  # fmt: skip


def test_no_character_at_no_place_is_read_in_another_way() -> None:
    """What the sentence above finds by chance, place by place: each character that a file may hold."""
    for frame in FRAMES:
        for char in map(chr, (*range(256), 0x2028, 0xFEFF)):
            text = frame.replace("@", char) + "\n"
            if simple.events(text):
                assert _Builder(text).build() == by_parser(text), repr(text)


def test_files_as_most_people_write_them_are_simple() -> None:
    """Else nothing would be won."""
    assert simple.events("# who\ntier: family   # the default\n\nmodel: \"4.1\"\nargs: [--name, 'a b']\n")
    assert simple.events("tier: family\nupdate: {when: now}\n") is None
