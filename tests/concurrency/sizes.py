"""How big the races are: short by default, the full figures with `./run test soak`."""

from __future__ import annotations

import os

SOAK = os.environ.get("CONCORD_TEST_SOAK") == "true"
CLIENTS, ITEMS = (50, 500) if SOAK else (20, 60)
ROUNDS = 100
