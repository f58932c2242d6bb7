"""How each kind of juror is asked and read."""

from __future__ import annotations

from jury.dialects.base import Dialect, Reading
from jury.dialects.registry import DIALECTS, get

__all__ = ["DIALECTS", "Dialect", "Reading", "get"]
