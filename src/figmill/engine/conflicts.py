"""What an output folder refuses: two items of one key, of one file, or of another source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from figmill.engine.fingerprint import absolute, stat_file, with_digests
from figmill.engine.ledger.ledger import Ledger
from figmill.engine.ledger.records import Record
from figmill.engine.seen import SeenKeys
from figmill.errors import ConfigError
from figmill.item import Item
from figmill.text import plain_text

_SHOWN = 5


def source_of(item: Item) -> str:
    """Say what an item's key stands for: an absolute path, or nothing."""
    path = item.source if item.source is not None else next(iter(item.inputs), "")
    return plain_text(absolute(path)) if path else ""


class Conflicts:
    """Tells, before anything is drawn, which items cannot stand beside others.

    Parameters
    ----------
    out
        The output folder.
    ledger
        What is known of it; None where there is no ledger yet.
    recipe
        Whose items they are.
    parts
        The parts of every item that are asked for: suffixes of the files that items name.
    """

    def __init__(self, out: Path, ledger: Ledger | None, recipe: str, parts: Sequence[str]) -> None:
        self._out = out
        self._ledger = ledger
        self._recipe = recipe
        self._parts = tuple(parts)

    def refuse_twins(
        self,
        items: Sequence[Item],
        seen: SeenKeys,
        first: Callable[[str], Item | None],
    ) -> None:
        """Refuse two items of one key.

        Parameters
        ----------
        items
            A part of the list.
        seen
            The keys of the parts before it.
        first
            Finds the item of a key that was there before.

        Raises
        ------
        ConfigError
            There are two; both are named.
        """
        met: dict[str, Item] = {}
        for item in items:
            other = met.setdefault(item.key, item)
            if other is not item:
                raise _twins(item.key, other, item)
        for key in seen.suspects(list(met)):
            earlier = first(key)
            if earlier is not None:
                raise _twins(key, earlier, met[key])

    def refuse_writers(self, items: Sequence[Item], writers: dict[str, str]) -> None:
        """Refuse items that would write one file, or one of another recipe.

        Parameters
        ----------
        items
            A part of the list.
        writers
            Key by file name, of the parts before it; what these write is added.

        Raises
        ------
        ConfigError
            Naming both.
        """
        names: dict[str, Item] = {}
        for item in items:
            for name in self._written_by(item):
                other = writers.setdefault(name, item.key)
                if other != item.key:
                    raise ConfigError(
                        f"items {other!r} and {item.key!r} would both write the file {name}.",
                        file=self._out,
                        hint="Give each item file names of its own, or run them into different "
                        "folders.",
                    )
                names[name] = item
        if not names or self._ledger is None:
            return
        for name, (recipe, key) in self._ledger.owners(list(names)).items():
            item = names[name]
            if recipe == self._recipe:
                continue  # within a recipe the recorder sees to it that names pass in order
            whose = f"item {key!r} of the recipe {recipe!r}" if recipe else f"item {key!r}"
            raise ConfigError(
                f"item {item.key!r} would write the file {name}, which belongs to {whose}.",
                file=self._out,
                hint="Run it into another folder; or let go of the other item first: "
                f"figmill prune {self._out} {key}",
            )

    def _written_by(self, item: Item) -> Iterator[str]:
        for name in map(plain_text, item.writes):
            if not self._parts:
                yield name
            for part in self._parts:
                yield f"{name}.{part}"

    def is_moved(self, record: Record, item: Item) -> bool:
        """Whether the same content is at another place now; another content is refused.

        Raises
        ------
        ConfigError
            The item has files that were made from another source; both are named.
        """
        source = source_of(item)
        before = record.source
        if not source or before in (source, ""):
            return False
        inputs = record.fingerprint.inputs
        if before is None and (not inputs or _lists(item, inputs[0].path)):
            return False  # of a ledger that did not tell
        if not (record.outputs or record.apart):
            return False
        now = with_digests(stat_file(path) for path in item.inputs)
        same = len(now) == len(inputs) and all(
            new.digest is not None and new.digest == old.digest
            for old, new in zip(inputs, now, strict=True)
        )
        if same:
            return True
        raise ConfigError(
            f"the figures of {record.key!r} here were made from {before or inputs[0].path}, and "
            f"{source} has the same key.",
            file=self._out,
            hint="Run it into another folder; or name a folder that holds both, so that each has a "
            f"key of its own; or let go of the first: figmill prune {self._out} {record.key}",
        )


def none_there(missing: Sequence[Item]) -> ConfigError:
    """Build the error for files that the command names and that are not there."""
    names = [str(item.inputs[0]) for item in missing]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    what = "there is no such file" if len(names) == 1 else "there are no such files"
    return ConfigError(
        f"{what}: {', '.join(names[:_SHOWN])}{more}.",
        hint="Check the names, and that their disk is mounted. Nothing was started.",
    )


def _twins(key: str, one: Item, other: Item) -> ConfigError:
    places = [source_of(item) for item in (one, other)]
    both = f": {places[0]} and {places[1]}" if all(places) else ""
    return ConfigError(
        f"two items have the key {key!r}{both}.",
        hint="Give every item a key of its own; two files of one name in different folders go by "
        "their paths below a folder that holds both.",
    )


def _lists(item: Item, path: str) -> bool:
    """Whether a recorded input is among an item's; one that a figure named has no folder."""
    if "/" in path:
        return path in map(absolute, item.inputs)
    return path in {each.name for each in item.inputs}
