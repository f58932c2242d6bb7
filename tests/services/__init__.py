"""PostgreSQL and Redis for tests: found or started, and gone with whoever started them."""

from __future__ import annotations

from tests.services.binaries import MissingService
from tests.services.postgres import Postgres, own_database, refilled
from tests.services.redis import Redis

__all__ = ["MissingService", "Postgres", "Redis", "own_database", "refilled"]
