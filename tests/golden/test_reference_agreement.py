"""The coefficients of real data equal the reference values to 1e-9."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from annotator.core.votefile import read_votes
from jury.agreement.report import report
from tests.golden.conftest import SHARED

EXPECTED: Final[dict[str, Any]] = json.loads(
    (SHARED / "reference" / "expected.json").read_text(encoding="utf-8")
)
FILES: Final = sorted(name for name in EXPECTED if "/votes" in name)
EXACT: Final = ("units", "raters", "labels", "values")
CLOSE: Final = (
    "prevalence", "percent_agreement", "ac1", "alpha_nominal", "alpha_ordinal", "alpha_interval",
    "alpha_masi", "alpha_jaccard",
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_every_reference_value_is_reached(name: str) -> None:
    expected = EXPECTED[name]
    found = report(
        read_votes(SHARED / "data" / name),
        order=expected.get("order"),
        sets=expected.get("separator"),
        bootstrap=1000 if "ci95_alpha_nominal_about" in expected else 0,
    )
    for key in EXACT:
        assert key not in expected or found[key] == expected[key]
    for key in CLOSE:
        assert key not in expected or found[key] == pytest.approx(expected[key], abs=1e-9)
    for category, one in expected["per_category"].items():
        mine = found["per_category"][category]
        assert mine["alpha"] == pytest.approx(one["alpha"], abs=1e-9)
        assert mine["n"] == one["positives"]
    assert set(found["per_category"]) == set(expected["per_category"])
    if "sets" in expected:
        assert len(found["values"]) == expected["sets"]
    if "ci95_alpha_nominal_about" in expected:
        about = expected["ci95_alpha_nominal_about"]
        assert found["ci95"]["alpha_nominal"] == pytest.approx(about, abs=0.003)
