"""A memory that ends with the command: for those who only ask about files, and for tests."""

from collections.abc import Collection, Mapping

from ..model.memory import LastGood, SeenFile


class Forgetful:
    """Keeps everything until the process ends."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, SeenFile]] = {}
        self._parsed: dict[str, bytes] = {}
        self._good: dict[str, LastGood] = {}

    def seen(self, directory: str) -> Mapping[str, SeenFile]:
        return dict(self._seen.get(directory, {}))

    def keep_seen(self, directory: str, looks: Mapping[str, SeenFile]) -> None:
        self._seen.setdefault(directory, {}).update(looks)

    def parsed(self, keys: Collection[str]) -> Mapping[str, bytes]:
        return {key: self._parsed[key] for key in keys if key in self._parsed}

    def keep_parsed(self, outcomes: Mapping[str, bytes]) -> None:
        self._parsed.update(outcomes)

    def last_good(self) -> Mapping[str, LastGood]:
        return dict(self._good)

    def keep_last_good(self, words: Mapping[str, LastGood]) -> None:
        self._good.update(words)

    def forget(self, paths: Collection[str]) -> None:
        for path in paths:
            self._good.pop(path, None)
            directory, _, name = path.rpartition("/")
            self._seen.get(directory, {}).pop(name, None)
