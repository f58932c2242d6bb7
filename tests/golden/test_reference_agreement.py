"""The coefficients of real data equal the reference values to 1e-9, as the command prints them."""

from __future__ import annotations

import io
import json
from typing import Any, Final

import pytest
from django.core.management import call_command

from annotator.core.votefile import read_votes
from tests.golden.conftest import SHARED

EXPECTED: Final[dict[str, Any]] = json.loads(
    (SHARED / "reference" / "expected.json").read_text(encoding="utf-8")
)
FILES: Final = sorted(name for name in EXPECTED if "/votes" in name)
EXACT: Final = ("units", "raters", "labels", "values")
# Said beside the values: how they were made, and what they count.
TOLD: Final = ("units_all", "order", "sets", "separator", "empty_set", "masi_weights")
CLOSE: Final = (
    "prevalence", "percent_agreement", "ac1", "alpha_nominal", "alpha_ordinal", "alpha_interval",
    "alpha_masi", "alpha_jaccard",
)  # fmt: skip


def printed(name: str, expected: dict[str, Any]) -> Any:
    """Return what the command prints of a file."""
    arguments = ["--bootstrap", "1000" if "ci95_alpha_nominal_about" in expected else "0"]
    if "order" in expected:
        arguments += [f"--order={','.join(expected['order'])}"]
    if "separator" in expected:
        arguments += ["--sets", expected["separator"]]
    out = io.StringIO()
    votes = SHARED / "data" / name
    call_command("agreement", "--votes", str(votes), *arguments, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.mark.parametrize("name", FILES)
def test_every_reference_value_is_reached(name: str) -> None:
    expected = EXPECTED[name]
    unread = set(expected) - {*EXACT, *CLOSE, *TOLD, "per_category", "ci95_alpha_nominal_about"}
    assert not unread
    found = printed(name, expected)
    for key in EXACT:
        assert key not in expected or found[key] == expected[key]
    for key in CLOSE:
        assert key not in expected or found[key] == pytest.approx(expected[key], abs=1e-9)
    for category, one in expected["per_category"].items():
        mine = found["per_category"][category]
        assert mine["alpha"] == pytest.approx(one["alpha"], abs=1e-9)
        assert mine["n"] == one["positives"]
    assert set(found["per_category"]) == set(expected["per_category"])
    if "units_all" in expected:
        votes = read_votes(SHARED / "data" / name)
        assert len({vote.item for vote in votes}) == expected["units_all"]
    if "sets" in expected:
        assert len(found["values"]) == expected["sets"]
    if "ci95_alpha_nominal_about" in expected:
        about = expected["ci95_alpha_nominal_about"]
        assert found["ci95"]["alpha_nominal"] == pytest.approx(about, abs=0.003)
