"""Quicklooks of any CDF file that follows the ISTP guidelines: spectrograms, lines, flags."""

from typing import TYPE_CHECKING

from figmill._lazy import lazily

if TYPE_CHECKING:
    from figmill.quicklook.recipe import QuicklookRecipe

__all__ = ["QuicklookRecipe"]

__getattr__, __dir__ = lazily(__name__, {"figmill.quicklook.recipe": "QuicklookRecipe"})
