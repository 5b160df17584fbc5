"""CDF files: one small protocol over two libraries, see `open_cdf`."""

from figmill.read.cdf.file import (
    AttributeValue,
    CdfFile,
    CdfVariable,
    Library,
    choose_library,
    open_cdf,
)
from figmill.read.cdf.layout import InvalidCdfError, sniff

__all__ = [
    "AttributeValue",
    "CdfFile",
    "CdfVariable",
    "InvalidCdfError",
    "Library",
    "choose_library",
    "open_cdf",
    "sniff",
]
