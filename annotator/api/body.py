"""The base of what the API reads: serializers that coerce, and refuse what they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class Body(serializers.Serializer[None]):
    """A request body; a key that it does not declare is an error that names it."""

    def to_internal_value(self, data: Any) -> Any:  # noqa: ANN401 - the framework's own types
        """Return the coerced values. Raises ValidationError."""
        if isinstance(data, Mapping):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                known = ", ".join(self.fields) or "none"
                raise serializers.ValidationError(
                    {key: [f"Unknown key; known: {known}."] for key in unknown}
                )
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A text, taken as it is: not trimmed, and no number passes for one."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the framework's own options
        super().__init__(**{"allow_blank": True, "trim_whitespace": False, **options})

    def to_internal_value(self, data: Any) -> str:  # noqa: ANN401 - the framework's own types
        """Return the text. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(data)


class Seconds(serializers.FloatField):
    """A duration in seconds, 0 to a day."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the framework's own options
        super().__init__(**{"min_value": 0, "max_value": 86_400, **options})

    def to_internal_value(self, data: Any) -> float:  # noqa: ANN401 - the framework's own types
        """Return the seconds. Raises ValidationError."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return float(data)
