"""The product's settings, but that leases are given by the naive claim."""

from __future__ import annotations

from annotator.config import settings

globals().update({name: getattr(settings, name) for name in dir(settings) if name.isupper()})
ROOT_URLCONF = "tests.concurrency.naive_urls"
