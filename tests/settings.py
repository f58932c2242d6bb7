"""The settings of the tests: the product's own, on a temporary home, from no one's environment.

CONCORD_TEST_DATABASE_URL points them to PostgreSQL, CONCORD_TEST_REDIS_URL to Redis. What these
servers hold already is never touched: the database is `test_<random>`, and so is every key.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from annotator.config import env

for _name in (*env.PLAIN, *env.SECRETS, *(f"{name}_FILE" for name in env.SECRETS)):
    os.environ.pop(_name, None)
_HOME = Path(tempfile.mkdtemp(prefix="concord-tests-"))
(_HOME / "static").mkdir()  # whitenoise warns where it is absent, and warnings are errors here
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ["CONCORD_HOME"] = str(_HOME)
os.environ["SECRET_KEY"] = "only for tests: " + "0123456789abcdef" * 4
os.environ["DATABASE_URL"] = os.environ.get("CONCORD_TEST_DATABASE_URL", "")
os.environ["REDIS_URL"] = os.environ.get("CONCORD_TEST_REDIS_URL", "")
os.environ["JURY_ALLOWED_HOSTS"] = ""

from annotator.config.celery import app as celery_app  # noqa: F401
from annotator.config.settings import *
from annotator.config.settings import CELERY_BROKER_TRANSPORT_OPTIONS, DATABASES, ENV, STORAGES

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if ENV.database.vendor == "sqlite":
    # A file, as in production: a shared in-memory database locks whole tables between threads.
    DATABASES["default"]["TEST"] = {"NAME": str(_HOME / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
    }
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_{secrets.token_hex(6)}"}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **CELERY_BROKER_TRANSPORT_OPTIONS,
    "global_keyprefix": f"test_{secrets.token_hex(6)}:",
}
