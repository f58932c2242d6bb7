"""How big the races are: short by default, the full figures with `./run test soak`."""

from __future__ import annotations

import os

SOAK = os.environ.get("CONCORD_TEST_SOAK") == "true"
CLIENTS, ITEMS = (50, 500) if SOAK else (12, 40)
ROUNDS = 100
FEWER_ROUNDS = ROUNDS if SOAK else 40
FEW = 5
"""Items where their number is not the point; as many tests of a module may need one each."""
