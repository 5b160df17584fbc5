"""Tables of measurements in files of many formats: `read_tables` finds the reader by the bytes."""

from figmill.read.tables.choice import READERS, SUFFIXES, read_tables
from figmill.read.tables.model import Column, DataTable

__all__ = ["READERS", "SUFFIXES", "Column", "DataTable", "read_tables"]
