"""``muster schema``: the JSON Schemas of the files, made from the model, for editors and other programs."""

import argparse
from pathlib import Path
from typing import Any

from .console import Console

NAMES = ("session", "fleet", "profile", "plan", "status")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which schema, and where to."""
    parser.add_argument("name", nargs="?", choices=NAMES, help="which one; all of them when it is not said")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write NAME.schema.json files into a directory")


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the schemas, or write them."""
    schemas = {name: document(name) for name in ([args.name] if args.name else NAMES)}
    if args.write:
        for path in write(args.write, schemas):
            console.note(f"wrote {path}")
    else:
        console.json(schemas[args.name] if args.name else schemas)
    return 0


def document(name: str) -> dict[str, Any]:
    """Return one schema by its name."""
    from . import schema_files, schema_output

    return schema_output.OUTPUTS[name] if name in schema_output.OUTPUTS else schema_files.document(name)


def write(directory: Path, schemas: dict[str, dict[str, Any]]) -> list[Path]:
    """Write each schema into the directory and return the paths."""
    import json

    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, schema in schemas.items():
        path = directory / f"{name}.schema.json"
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        paths.append(path)
    return paths
