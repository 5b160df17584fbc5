"""A recipe for tests: each text file says what becomes of its item."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

from figmill import (
    ConfigError,
    Curve,
    Description,
    Drawing,
    Figure,
    InputError,
    Item,
    NoData,
    Panel,
    Recipe,
)
from figmill.recipes.demo import DemoStep


class ToyRecipe(Recipe):
    """Draws a line for every file that says "ok"."""

    name: ClassVar[str] = "toy"

    folder: str = "data"
    slope: float = 1.0
    tone: Literal["calm", "loud"] = "calm"

    def items(self) -> Iterator[Item]:
        files = sorted(Path(self.folder).glob("*.txt"))
        if not files:
            raise ConfigError(f"there is no text file in {self.folder}.", hint="Put some there.")
        for file in files:
            yield Item(file.stem, inputs=(file,), parameters={"slope": self.slope})

    def describe(self, item: Item) -> Description:
        (file,) = item.inputs
        match file.read_text().strip():
            case "none":
                raise NoData("There is no record.", file=file)
            case "bad":
                raise InputError("The file is cut short.", file=file, hint="Fetch it again.")
            case "zero":
                raise ZeroDivisionError("division by zero")
            case "exit":
                os._exit(3)
            case "slow":
                time.sleep(0.2)
            case "long":
                time.sleep(60)
        panel = Panel((Curve([0.0, 1.0], [0.0, self.slope]),))
        return Description((Drawing(item.key, Figure(panel, size=(2.0, 1.5), dpi=50)),))


def demo(folder: Path) -> Iterator[DemoStep]:
    data = folder / "data"
    data.mkdir(exist_ok=True)
    for name, text in {"a": "ok", "b": "ok"}.items():
        file = data / f"{name}.txt"
        if not file.exists():
            file.write_text(text)
    yield DemoStep(ToyRecipe(folder=str(data)), look=("the line that rises",))
