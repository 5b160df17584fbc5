"""Catch what work functions log, whatever way they log it."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, MutableMapping
from typing import Any

from figmill.engine.task import LogLine


class _Catcher(logging.Handler):
    def __init__(self, take: Callable[[LogLine], None]) -> None:
        super().__init__(logging.INFO)
        self._take = take
        self._taking = False

    def emit(self, record: logging.LogRecord) -> None:
        fields = {"logger": record.name}
        if record.exc_info:
            fields["traceback"] = logging.Formatter().formatException(record.exc_info)
        line = LogLine(record.created, record.levelname.lower(), record.getMessage(), fields)
        if self._taking:
            return  # logged by someone who was told of a log record
        self._taking = True
        try:
            self._take(line)
        except OSError:
            self.handleError(record)
        finally:
            self._taking = False


def catch_logs(take: Callable[[LogLine], None]) -> Callable[[], None]:
    """Send what is logged in this process, by logging or structlog, to ``take``.

    Returns
    -------
    callable
        Undoes it.
    """
    handler = _Catcher(take)
    root, own = logging.getLogger(), logging.getLogger("figmill")
    level = own.level
    root.addHandler(handler)
    if own.level == logging.NOTSET:
        own.setLevel(logging.INFO)
    undo_structlog = _catch_structlog(take)

    def undo() -> None:
        undo_structlog()
        root.removeHandler(handler)
        own.setLevel(level)

    return undo


def _catch_structlog(take: Callable[[LogLine], None]) -> Callable[[], None]:
    # Only where the work has imported it, and has not set it up itself.
    structlog = sys.modules.get("structlog")
    # The log's own thread may be importing it just now, for itself.
    whole = not getattr(getattr(structlog, "__spec__", None), "_initializing", False)
    if structlog is None or not whole or structlog.is_configured():
        return lambda: None

    def forward(
        _logger: Any, method: str, record: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        text = str(record.pop("event", ""))
        fields = {name: _plain(value) for name, value in record.items()}
        take(LogLine(time.time(), method, text, fields))
        raise structlog.DropEvent

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            forward,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    undo: Callable[[], None] = structlog.reset_defaults
    return undo


def _plain(value: object) -> str | int | float | bool | None:
    return value if isinstance(value, str | int | float | bool | None) else repr(value)
