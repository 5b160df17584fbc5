"""What a recipe is."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from figmill.config.model import Model
from figmill.figure.model import Figure
from figmill.item import JSON, Item
from figmill.notes import Note
from figmill.plugins import Loaded

if TYPE_CHECKING:
    from figmill.recipes.first_pass import FirstPass
    from figmill.recipes.inputs import LeftOut


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure and the name of its file.

    ``name`` is a path relative to the output folder, with ``/`` between folders and without
    suffix: the format adds it. ``part`` is the one of `Item.parts` that it belongs to, where there
    are any. ``replaces`` are names under which earlier runs may have written this same drawing:
    they go once it is there. Where all items share limits, only drawings of one ``group`` do.

    Parameters
    ----------
    name, part, replaces, group
        As above.
    figure
        What is drawn.
    """

    name: str
    figure: Figure
    part: str = ""
    replaces: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class DataFile:
    """Another file that belongs to an item, such as a table; ``name`` with its suffix.

    Parameters
    ----------
    name
        A path relative to the output folder, with its suffix.
    data
        Its bytes.
    """

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Description:
    """All that is made of an item.

    Parameters
    ----------
    drawings
        The item's figures.
    files
        Its other files.
    message
        One sentence for people: what was left out, and why.
    facts
        JSON values kept in the ledger with the item.
    notes
        What was assumed, guessed, cut, dropped or passed over; kept in the ledger and in the
        figures.
    """

    drawings: tuple[Drawing, ...]
    files: tuple[DataFile, ...] = ()
    message: str = ""
    facts: Mapping[str, JSON] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """How sure a recipe is that a file is one that it draws.

    Parameters
    ----------
    confidence
        0 (it knows the file, and does not draw it) to 1. From 0.5 on it draws the file in a folder
        of all kinds; below, only where the user names the recipe. Of figmill's own recipes, 0.8
        says that the format is certain, and 0.9 and more that the very kind of data is.
    why
        What the file is, by which sign; it stands behind the file's name in messages: "a CDF file".
    """

    confidence: float
    why: str


class Recipe(Model, ABC):
    """Lists items, and describes the figures of one.

    A recipe's fields are its options: they are validated, come from the command line, from Python
    or from a job file alike, and travel to the workers with it. A subclass is offered to users by
    an entry point in the group ``figmill.recipes``.
    """

    model_config = ConfigDict(validate_default=True)

    name: ClassVar[str]
    """How users call it."""

    version: ClassVar[str] = "1"
    """Raised when the same input gives another figure: finished items are then redone."""

    tables: ClassVar[tuple[str, ...]] = ()
    """Names of the files that `summarize` may make; files of others in their way are told first."""

    summarizes_earlier: ClassVar[bool] = False
    """Whether `summarize` is given, last, the facts of earlier results too whose files stay beside
    later ones of the same item: an item may come more than once then."""

    preload: ClassVar[tuple[str, ...]] = ()
    """Modules that workers import before they start."""

    plugin_groups: ClassVar[Mapping[str, Callable[[], Loaded]]] = {}
    """Groups of entry points that the recipe's domain reads itself, each with what loads it (see
    `figmill.plugins.load`): ``figmill list-plugins`` then knows what is wrong in them."""

    @classmethod
    def sniff(cls, path: Path, head: bytes) -> Claim | None:
        """Say whether a file found in a folder of all kinds is one that the recipe draws.

        Parameters
        ----------
        path
            The file. It may be opened where its first bytes do not tell enough.
        head
            Its first bytes, `figmill.read.readers.HEAD` or fewer.

        Returns
        -------
        Claim or None
            None where the file is none of the recipe's, as for recipes that say nothing of this.
        """
        return None

    @classmethod
    def of_files(cls, files: Sequence[str]) -> Recipe:
        """Make the recipe, or another one, that draws these files with the usual options.

        Parameters
        ----------
        files
            Files that `sniff` claimed, spelled as `figmill.recipes.inputs.find_files` takes them:
            a file that was found in a folder goes by its path below it.

        Returns
        -------
        Recipe
            By default this one, with the files as its field ``paths``.

        Raises
        ------
        figmill.errors.ConfigError
            They are not enough to draw anything.
        """
        return cls.model_validate({"paths": list(files)})

    def check(self) -> None:
        """Look for what is wrong with the options, or with the machine.

        Called once, before anything is listed or drawn.

        Raises
        ------
        figmill.errors.ConfigError
            An option cannot be carried out whatever the data are, or names something that is not
            there.
        figmill.errors.MissingExtraError
            A library that the options need is not installed.
        """

    @abstractmethod
    def items(self) -> Iterable[Item]:
        """List the items; a generator, where there may be many.

        Raises
        ------
        figmill.errors.ConfigError
            If the options name nothing that can be worked on.
        """

    @abstractmethod
    def describe(self, item: Item) -> Description:
        """Read one item's inputs and describe its figures.

        Raises
        ------
        figmill.errors.NoData
            If there is nothing to draw.
        figmill.errors.InputError
            If an input cannot be used. A `ConfigError` means here as everywhere that the command
            itself is wrong, which is for `check` to find.
        """

    @property
    def comes_once(self) -> bool:
        """Whether the items come from what may never end: then they are not counted beforehand."""
        return False

    def addresses(self) -> tuple[str, ...]:
        """Addresses that the recipe sends data or keys to, with these options.

        Where a job comes from a file, those that the user did not name are refused before the
        items are listed.
        """
        return ()

    def first_pass(self) -> FirstPass:
        """How limits are found that all items share, where users ask for such.

        By default from the figures that `describe` gives; a recipe that knows a better way gives
        its own.
        """
        from figmill.recipes.first_pass import FigureLimits

        return FigureLimits(self)

    def left_out(self) -> Iterable[LeftOut]:
        """What `items` passed over in folders; commands say it beside what came of a run."""
        return ()

    def summarize(self, facts: Iterable[tuple[str, Mapping[str, JSON]]]) -> Iterable[DataFile]:
        """Make files of all items together, such as a table, after a run.

        Parameters
        ----------
        facts
            Key and facts of every item of the output folder that has any, of this run or an
            earlier one, in the order of the input.
        """
        return self.conclude(facts)

    def conclude(self, facts: Iterable[tuple[str, Mapping[str, JSON]]]) -> Iterable[DataFile]:
        """What `summarize` was called before; it will go with a later release."""
        return ()

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        if "conclude" in vars(cls):
            warnings.warn(
                f"{cls.__name__}.conclude is called summarize now; rename it.",
                DeprecationWarning,
                stacklevel=2,
            )
