"""A scope's votes as the statistics commands read them: item, rater, label, kind."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Final

from annotator.intake.models import Unit
from annotator.quality.patterns import SEPARATOR, SETS
from annotator.quality.queries.population import RaterNames, Scope, ballots, on_target

COLUMNS: Final = ("item", "rater", "label", "kind")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def vote_rows(scope: Scope) -> Iterator[tuple[str, str, str, str]]:
    """Yield (item, rater, label, kind) of a scope's votes.

    Where an import's id stands for several units, each gets `#` and a piece of its text's digest
    (or of its place, for equal texts), so that no rater seems to vote twice on one.
    Raises Invalid for an unknown scope.
    """
    scope.check()
    items = _item_names(scope)
    names = RaterNames(scope)
    for ballot in ballots(scope):
        rater = names.of(ballot.kind, ballot.rater)
        label = scope.label(ballot.value, ballot.categories)
        yield items[ballot.unit], rater, label, ballot.kind


def votes_csv(scope: Scope) -> Iterator[str]:
    """Yield the lines of a CSV file with header, for `manage.py agreement`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    yield _taken(buffer)
    for row in vote_rows(scope):
        writer.writerow([_safe(cell) for cell in row])
        yield _taken(buffer)


def command(scope: Scope, *, bootstrap: int = 1000, seed: int = 0) -> str:
    """Return the command that prints a scope's figures from its CSV file."""
    words = ["./run manage agreement --votes votes.csv"]
    if scope.level in SETS:
        words.append(f'--sets "{SEPARATOR}"')
    elif scope.ordinal and scope.values:
        words.append(f"--order {','.join(scope.values)}")
    words.append(f"--bootstrap {bootstrap} --seed {seed} --json")
    return " ".join(words)


def _item_names(scope: Scope) -> dict[int, str]:
    rows = list(
        Unit.objects.filter(on_target(scope.target, ""), item__project=scope.project.id)
        .order_by("pk")
        .values_list(
            "pk", "target", "item__external_id", "item__digest", "item__batch__number", "item__line"
        )
    )
    plain = {pk: _plain(target, external) for pk, target, external, *_ in rows}
    often = Counter(plain.values())
    with_digest = {
        pk: name if often[name] == 1 else f"{name}#{digest[:8]}"
        for (pk, _, _, digest, _, _), name in zip(rows, plain.values(), strict=True)
    }
    often = Counter(with_digest.values())
    return {
        pk: name if often[name] == 1 else f"{name}.{batch}.{line}"
        for (pk, _, _, _, batch, line), name in zip(rows, with_digest.values(), strict=True)
    }


def _plain(target: str, external_id: str) -> str:
    """Return an item's id; a turn's unit also says which turn."""
    _, _, part = target.partition(":")
    return f"{external_id}:{part}" if part else external_id


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
