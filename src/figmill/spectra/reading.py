"""How files are read in a batch: options once for all, and each baseline once a process."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pydantic import Field, model_validator

from figmill.config.model import Model
from figmill.errors import InputError, MissingExtraError
from figmill.extras import is_installed
from figmill.item import JSON
from figmill.notes import Note
from figmill.recipes.inputs import FoundFiles, find_files
from figmill.spectra.comparison import LASER, agree_with_most, is_guessed
from figmill.spectra.llm import LanguageModel, LlmPlanner
from figmill.spectra.naming import place
from figmill.spectra.options import BaselineReadingOptions, ReadingOptions
from figmill.spectra.read import opus
from figmill.spectra.read.files import (
    SHARED,
    SUFFIXES,
    Planner,
    read_spectra,
    read_spectrum,
    why_no_spectrum,
)
from figmill.spectra.spectrum import Spectrum

_ASKED = 25
"""Samples that are asked what a baseline holds that does not say it."""
_OF_BASELINE = ("x", "y", "x_quantity", "y_kind")


class Reading(ReadingOptions, BaselineReadingOptions, Model):
    """How spectra are read; what is left out is found out from each file.

    Parameters
    ----------
    language_model
        The model to ask, where the normaliser is ``llm``.
    **options
        As for `figmill.spectra.options.ReadingOptions` and ``BaselineReadingOptions``.

    Raises
    ------
    figmill.errors.OptionError
        A value is wrong; the message names all that are.
    """

    language_model: LanguageModel | None = Field(
        None, description="The model to ask, with normalizer llm."
    )

    @model_validator(mode="after")
    def _has_model(self) -> Reading:
        if self.normalizer == "llm" and self.language_model is None:
            raise ValueError("normalizer 'llm' needs language_model with base_url and model")
        return self

    def check(self, files: Iterable[Path] = ()) -> None:
        """Look for what reading these files needs.

        Raises
        ------
        figmill.errors.ConfigError
            A library is not installed, or the model's key is missing.
        """
        if self.normalizer == "llm" and self.language_model is not None:
            self.language_model.check()
        if not is_installed(opus.LIBRARY) and any(map(opus.is_opus, files)):
            raise MissingExtraError(opus.LIBRARY, "spectra")

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the heads of unclear files are sent to, with the key."""
        if self.normalizer == "rules" or self.language_model is None:
            return ()
        return (self.language_model.base_url,)

    def identity(self) -> dict[str, JSON]:
        """What of it shapes a result; budgets and time limits do not."""
        kept: dict[str, JSON] = self.model_dump(mode="json", exclude={"language_model"})
        for (
            name
        ) in _OF_BASELINE:  # where none is given, figures of earlier versions stay as they are
            if kept[f"baseline_{name}"] is None:
                del kept[f"baseline_{name}"]
        if kept["laser"] is None:
            del kept["laser"]
        if self.normalizer == "llm" and self.language_model is not None:
            kept["language_model"] = [self.language_model.base_url, self.language_model.model]
        return kept

    def of_baseline(self) -> Reading:
        """How the baseline is read: as the samples, but for what is said of it alone."""
        own = {name: getattr(self, f"baseline_{name}") for name in _OF_BASELINE}
        given = {name: value for name, value in own.items() if value is not None}
        return self.model_copy(
            update={**dict.fromkeys(f"baseline_{name}" for name in _OF_BASELINE), **given}
        )

    def __call__(self, path: Path) -> Spectrum:
        """Read a file."""
        spectrum = read_spectrum(
            path,
            x=self.x,
            y=self.y,
            x_quantity=self.x_quantity,
            y_kind=self.y_kind,
            planner=self._planner(),
            accept_low=self.accept_low,
        )
        if self.laser is None:
            return spectrum
        return replace(spectrum, metadata={**spectrum.metadata, LASER: self.laser})

    def each(self, path: Path) -> tuple[Spectrum, ...]:
        """Read all spectra of a file; one where `y` says which, or where there is one.

        Where one of several cannot be read, the first stands alone, and says so.
        """
        first = self(path)
        left = [note for note in first.notes if note.code == "spectra-not-taken"]
        if self.y is not None or not left:
            return (first,)
        try:
            found = read_spectra(
                path,
                x=self.x,
                x_quantity=self.x_quantity,
                y_kind=self.y_kind,
                accept_low=self.accept_low,
            )
        except InputError as error:
            text = f"The others are left out, since one of them cannot be read: {error.message}"
            return (replace(first, notes=(*first.notes, Note.loss("spectra-unread", text))),)
        if len(found) < 2:
            return (first,)
        laser = {} if self.laser is None else {LASER: self.laser}
        return tuple(
            replace(
                s,
                name=str(s.metadata.get("title") or s.name) if s.format == "JCAMP-DX" else s.name,
                metadata={**s.metadata, **laser},
            )
            for s in found
        )

    def _planner(self) -> Planner | None:
        if self.normalizer == "rules" or self.language_model is None:
            return None
        return LlmPlanner(self.language_model)


def cached(path: Path, how: Reading) -> Spectrum:
    """Read a file once a process, and again when it changed."""
    try:
        found = path.stat()
        stamp = (found.st_size, found.st_mtime_ns)
    except OSError:
        stamp = (0, 0)
    return _kept(path, stamp, how.model_dump_json())


@lru_cache(maxsize=4)
def _kept(path: Path, stamp: tuple[int, int], how: str) -> Spectrum:
    return Reading.model_validate_json(how)(path)


def settled(path: Path, how: Reading, samples: Sequence[Path]) -> Spectrum:
    """Read a baseline; where only its values say what it holds, most samples have the last word.

    Parameters
    ----------
    path, how
        The baseline, and how samples are read.
    samples
        The batch; the first of them are asked.
    """
    base = cached(path, how.of_baseline())
    if not is_guessed(base) or not samples:
        return base
    return _settled(base, tuple(samples[:_ASKED]), how.model_dump_json())


@lru_cache(maxsize=4)
def _settled(base: Spectrum, samples: tuple[Path, ...], how: str) -> Spectrum:
    reading = Reading.model_validate_json(how).model_copy(update={"normalizer": "rules"})
    read: list[Spectrum] = []
    for sample in samples:
        try:
            read.append(reading(sample))
        except InputError:
            continue  # it fails by itself, with its reason
    return agree_with_most(base, read)


def expand(names: tuple[str, ...], *, apart: Path) -> list[Path]:
    """Files by name, by pattern, or of a folder; files that are missing stay in the list.

    A file named twice counts once. Folders and patterns often hold the baseline too: `apart` is
    left out of them, and kept where it is named itself.

    Raises
    ------
    figmill.errors.ConfigError
        If a pattern or folder holds nothing.
    """
    found: list[Path] = []
    home = _identity(apart)
    for name in names:
        files = find(name).files
        if not any(file.named for file in files):
            files = sorted(files, key=lambda file: place(file.path))
        kept = [file.path for file in files if file.named or _identity(file.path) != home]
        found += kept or [file.path for file in files]
    return list(dict.fromkeys(found))


def _identity(path: Path) -> object:
    """What two spellings of a file, and links to it, share."""
    try:
        found = os.stat(path)  # noqa: PTH116 - of a hundred thousand files
    except OSError:
        return path
    return found.st_dev, found.st_ino


def find(name: str) -> FoundFiles:
    """The files of spectra that one name of the command stands for."""
    return find_files(
        [name],
        SUFFIXES,
        judge=why_no_spectrum,
        unsure=SHARED,
        deep=False,
        shared_keys=True,
        what="spectra",
    )
