"""Logs as JSON, one line an event, so that no text from outside can forge a second one."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class JsonFormatter(logging.Formatter):
    """Writes ASCII JSON: line ends and control characters arrive escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        meta = getattr(getattr(record, "request", None), "META", None)
        if isinstance(meta, dict) and "REQUEST_ID" in meta:
            line["request_id"] = meta["REQUEST_ID"]
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
