from __future__ import annotations

import stat
from pathlib import Path

import pytest

from annotator.config import env
from annotator.config.databases import django_settings, read_database
from annotator.config.demo import make_key

KEY = "0123456789abcdef" * 4


def load(home: Path, **variables: str) -> env.Environment:
    return env.load({"CONCORD_HOME": str(home), **variables})


def test_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    got = load(tmp_path)

    assert (got.bind.netloc, got.public_url) == ("127.0.0.1:8000", "http://127.0.0.1:8000")
    assert (got.web_workers, got.web_threads, got.jury_processes) == (2, 4, 1)
    assert (got.jury_lease_seconds, got.sweep_seconds, got.log_level) == (60, 5, "info")
    assert got.database.vendor == "sqlite"
    assert got.database.name == str(tmp_path / "concord.sqlite3")
    assert "*" not in got.allowed_hosts
    assert got.redis_url is got.secret_key is got.metrics_token is None


def test_an_empty_value_counts_as_unset(tmp_path: Path) -> None:
    assert load(tmp_path, REDIS_URL="", WEB_WORKERS="", PUBLIC_URL="") == load(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONCORD_BIND", "8000"),
        ("CONCORD_BIND", "127.0.0.1:99999"),
        ("PUBLIC_URL", "concord.example"),
        ("PUBLIC_URL", "https://concord.example/app"),
        ("PUBLIC_URL", "https://me@concord.example"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", ".example.org"),
        ("WEB_WORKERS", "0"),
        ("WEB_THREADS", "4.5"),
        ("JURY_PROCESSES", "-1"),
        ("SWEEP_SECONDS", "soon"),
        ("LOG_LEVEL", "loud"),
        ("REDIS_URL", "http://127.0.0.1"),
        ("REDIS_URL", "redis://[::1"),
        ("REDIS_URL", "redis://h:notaport"),
        ("REDIS_URL", "redis://h:99999"),
        ("REDIS_URL", "redis:///0"),
        ("REDIS_URL", "redis://h/first"),
        ("CONCORD_HOME", "~nobody-of-that-name/x"),
        ("WEB_WORKERS", "9" * 5000),
        ("JURY_ALLOWED_HOSTS", "h:99999"),
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "postgresql://host"),
        ("DATABASE_URL", "postgresql://host/name?magic=1"),
        ("OPENAI_BASE_URL", "ftp://x"),
        ("JURY_ALLOWED_HOSTS", "localhost"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("SECRET_KEY", "django-insecure-" + KEY),
    ],
)
def test_a_wrong_value_is_refused_in_one_line_that_names_it(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(env.ConfigurationError) as caught:
        load(tmp_path, **{name: value})

    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", env.SECRETS)
def test_each_secret_may_stand_in_a_file(tmp_path: Path, name: str) -> None:
    value = {"DATABASE_URL": "postgresql://u:p@h/d", "REDIS_URL": "redis://h"}.get(name, KEY)
    file = tmp_path / "secret"
    file.write_text(value + "\n")

    assert load(tmp_path, **{f"{name}_FILE": str(file)}) == load(tmp_path, **{name: value})


def test_a_secret_set_twice_or_in_a_missing_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    with pytest.raises(env.ConfigurationError, match=r"^METRICS_TOKEN_FILE: .*cannot be read"):
        load(tmp_path, METRICS_TOKEN_FILE=str(file))
    file.write_text("x")
    with pytest.raises(env.ConfigurationError, match=r"^METRICS_TOKEN: set twice"):
        load(tmp_path, METRICS_TOKEN="y", METRICS_TOKEN_FILE=str(file))


def test_a_key_is_required_only_of_what_serves(tmp_path: Path) -> None:
    with pytest.raises(env.ConfigurationError, match=r"^SECRET_KEY: not set"):
        load(tmp_path).required_key()


def test_the_demo_makes_one_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    make_key(tmp_path)
    first = load(tmp_path).required_key()
    make_key(tmp_path)

    assert load(tmp_path).required_key() == first
    assert stat.S_IMODE((tmp_path / env.KEY_FILE).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [env.KEY_FILE]


def test_https_follows_the_public_address(tmp_path: Path) -> None:
    got = load(tmp_path, PUBLIC_URL="https://concord.example")

    assert got.https
    assert got.allowed_hosts[0] == "concord.example"


def test_a_database_address_is_decoded_and_its_password_never_shown(tmp_path: Path) -> None:
    url = "postgresql://ann:p%40ss@db.example:5433/con%20cord?sslmode=require"
    got = read_database(url, tmp_path)
    entry = django_settings(got)

    assert (got.user, got.password, got.host, got.port) == ("ann", "p@ss", "db.example", "5433")
    assert got.name == "con cord"
    assert "p@ss" not in repr(got)
    assert entry["CONN_HEALTH_CHECKS"] is True
    assert entry["OPTIONS"] == {
        "sslmode": "require",
        "options": "-c plan_cache_mode=force_generic_plan",
        "prepare_threshold": 0,
    }


def test_sqlite_waits_for_other_writers_and_syncs_fully(tmp_path: Path) -> None:
    options = django_settings(read_database(None, tmp_path / "x"))["OPTIONS"]

    assert isinstance(options, dict)
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=FULL" in options["init_command"]
