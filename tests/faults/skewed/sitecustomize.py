"""A process with this folder on its path lives CONCORD_TEST_SKEW seconds ahead, or behind."""

from __future__ import annotations

import datetime as dt
import os
import time

SKEW = float(os.environ.get("CONCORD_TEST_SKEW", "0"))
_true_time = time.time
_true_datetime = dt.datetime


class _Both(type):
    """What a library written in C makes is a datetime too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _true_datetime)


class SkewedDatetime(_true_datetime, metaclass=_Both):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> SkewedDatetime:
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls) -> SkewedDatetime:
        return cls.now(dt.UTC).replace(tzinfo=None)


if SKEW:
    time.time = lambda: _true_time() + SKEW
    dt.datetime = SkewedDatetime  # type: ignore[misc]
