"""Finding the one JSON object in a reply, and telling a refusal when there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

LONGEST_REPLY = 200_000
MOST_STARTS = 200

_REFUSAL = re.compile(
    r"\W*(?:i['\u2019]?m (?:really |very |so |truly )?sorry|sorry,|i apologi[sz]e|my apologies"
    r"|(?:unfortunately,? )?i (?:can(?:not|['\u2019]?t)|am (?:not able|unable)|won['\u2019]?t|will not|must decline"
    r"|decline|do not feel comfortable|don['\u2019]t feel comfortable)"
    r"|i['\u2019]m (?:not able|unable|not comfortable)|as an ai\b"
    r"|(?:this|that|the) (?:request|content) (?:is against|violates|goes against))",
    re.IGNORECASE,
)


class Unreadable(ValueError):
    """The reply holds no single JSON object; the message says why."""


def is_refusal(text: str) -> bool:
    """Return whether a reply without JSON says that it will not answer.

    >>> is_refusal("I'm sorry, but I can't help with that.")
    True
    """
    return _REFUSAL.match(text) is not None


def only_object(text: str, targets: tuple[str, ...]) -> dict[str, object]:
    """Return the one JSON object of a reply that names an asked target.

    Strict JSON first, then every balanced object in the text (a code fence is one of them).
    The same object twice counts once; two different ones are not ours to choose from.

    Raises:
        Unreadable: if there is none, or more than one.
    """
    if len(text) > LONGEST_REPLY:
        raise Unreadable("the reply is too long")
    found: list[dict[str, object]] = []
    for value in _objects(text):
        if any(target in value for target in targets) and value not in found:
            found.append(value)
    if not found:
        raise Unreadable("there is no JSON object of the form asked for")
    if len(found) > 1:
        raise Unreadable("there is more than one JSON object")
    return found[0]


def _objects(text: str) -> Iterator[dict[str, object]]:
    decoder = json.JSONDecoder(object_pairs_hook=_without_repeats)
    position = text.find("{")
    for _ in range(MOST_STARTS):
        if position < 0:
            return
        end = position + 1
        try:
            value, end = decoder.raw_decode(text, position)
        except _RepeatedKey as error:
            raise Unreadable("a key stands twice in one object") from error
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            yield value
        position = text.find("{", end)


class _RepeatedKey(Exception):
    """Two values for one key: nobody can say which one is meant."""


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise _RepeatedKey
    return table
