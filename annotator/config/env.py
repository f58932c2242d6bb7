"""What the environment says, typed: a wrong or unclear value is refused by name, never guessed.

Every secret may stand in a file instead, named by NAME_FILE. An empty value counts as unset.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from annotator.config.databases import Database, read_database

ROOT: Final = Path(__file__).resolve().parent.parent.parent
KEY_FILE: Final = "secret_key"
KEY_LENGTH: Final = 50
SECRETS: Final = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "OPENAI_API_KEY", "METRICS_TOKEN")
PLAIN: Final = (
    "CONCORD_HOME",
    "CONCORD_BIND",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "WEB_WORKERS",
    "WEB_THREADS",
    "JURY_PROCESSES",
    "OPENAI_BASE_URL",
    "JURY_ALLOWED_HOSTS",
    "JURY_LEASE_SECONDS",
    "SWEEP_SECONDS",
    "LOG_LEVEL",
)
LOG_LEVELS: Final = ("debug", "info", "warning", "error")


class ConfigurationError(Exception):
    """A setting is wrong or missing; the message is one line that begins with its name."""

    exit_code = 3

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Bind:
    """Where the web listens; port 0 is any free one."""

    host: str
    port: int

    @property
    def netloc(self) -> str:
        """The address as it stands in a URL, IPv6 in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """All settings that come from outside, checked."""

    home: Path
    database: Database
    redis_url: str | None
    secret_key: str | None
    bind: Bind
    public_url: str
    allowed_hosts: tuple[str, ...]
    web_workers: int
    web_threads: int
    jury_processes: int
    openai_base_url: str | None
    openai_api_key: str | None
    jury_allowed_hosts: tuple[str, ...]
    jury_lease_seconds: int
    sweep_seconds: int
    log_level: str
    metrics_token: str | None

    @property
    def https(self) -> bool:
        """Whether people reach the site by https: cookies and HSTS follow it."""
        return self.public_url.startswith("https://")

    def required_key(self) -> str:
        """Return the secret key.

        Raises:
            ConfigurationError: there is none; only the demo makes one by itself.
        """
        if self.secret_key is None:
            problem = f"not set; give at least {KEY_LENGTH} random characters (or SECRET_KEY_FILE)"
            raise ConfigurationError("SECRET_KEY", problem)
        return self.secret_key


def load(variables: Mapping[str, str] | None = None) -> Environment:
    """Read and check every setting.

    Args:
        variables: the variables to read; the process's own by default.

    Returns:
        The checked settings.

    Raises:
        ConfigurationError: names the first setting that is wrong.
    """
    source = os.environ if variables is None else variables
    home = _home(source)
    bind = _bind(source)
    public_url = _public_url(source, bind)
    return Environment(
        home=home,
        database=_database(source, home),
        redis_url=_redis_url(source),
        secret_key=_secret_key(source, home),
        bind=bind,
        public_url=public_url,
        allowed_hosts=_allowed_hosts(source, bind, public_url),
        web_workers=_number(source, "WEB_WORKERS", 2, 1, 64),
        web_threads=_number(source, "WEB_THREADS", 4, 1, 256),
        jury_processes=_number(source, "JURY_PROCESSES", 1, 1, 64),
        openai_base_url=_http_url(source, "OPENAI_BASE_URL"),
        openai_api_key=_secret(source, "OPENAI_API_KEY"),
        jury_allowed_hosts=_jury_allowed_hosts(source),
        jury_lease_seconds=_number(source, "JURY_LEASE_SECONDS", 60, 1, 86_400),
        sweep_seconds=_number(source, "SWEEP_SECONDS", 5, 1, 3_600),
        log_level=_choice(source, "LOG_LEVEL", "info", LOG_LEVELS),
        metrics_token=_secret(source, "METRICS_TOKEN"),
    )


def _home(source: Mapping[str, str]) -> Path:
    given = source.get("CONCORD_HOME") or str(ROOT / "var")
    try:
        return Path(given).expanduser().absolute()
    except RuntimeError as error:
        raise ConfigurationError("CONCORD_HOME", f"{given!r} names nobody's home") from error


def _secret(source: Mapping[str, str], name: str) -> str | None:
    value, path = source.get(name), source.get(f"{name}_FILE")
    if value and path:
        raise ConfigurationError(name, f"set twice, by {name} and by {name}_FILE")
    if not path:
        return value or None
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        file_name = f"{name}_FILE"
        raise ConfigurationError(file_name, f"{path!r} cannot be read: {reason}") from error


def _number(source: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = source.get(name) or str(default)
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not (digits and least <= int(text) <= most):
        raise ConfigurationError(name, f"{text!r} is not a whole number from {least} to {most}")
    return int(text)


def _choice(source: Mapping[str, str], name: str, default: str, known: tuple[str, ...]) -> str:
    text = source.get(name) or default
    if text not in known:
        raise ConfigurationError(name, f"{text!r} is none of {', '.join(known)}")
    return text


def _listed(source: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in source.get(name, "").split(",") if part.strip())


def _bind(source: Mapping[str, str]) -> Bind:
    text = source.get("CONCORD_BIND") or "127.0.0.1:8000"
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise ConfigurationError("CONCORD_BIND", f"{text!r} is not host:port")
    return Bind(host, int(port))


def _http_url(source: Mapping[str, str], name: str) -> str | None:
    text = source.get(name)
    if not text:
        return None
    try:
        parts = urlsplit(text)
        wrong = parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0
    except ValueError:
        wrong = True
    if wrong or "@" in text or any(sign.isspace() for sign in text):
        raise ConfigurationError(name, f"{text!r} is not an http or https address")
    return text.rstrip("/")


def _public_url(source: Mapping[str, str], bind: Bind) -> str:
    given = _http_url(source, "PUBLIC_URL")
    if given is None:
        shown = "127.0.0.1" if bind.host in {"0.0.0.0", "::"} else bind.host  # noqa: S104 (compared, not bound)
        return f"http://{Bind(shown, bind.port).netloc}"
    if urlsplit(given).path or urlsplit(given).query:
        raise ConfigurationError("PUBLIC_URL", f"{given!r} has more than scheme, host and port")
    return given


def _allowed_hosts(source: Mapping[str, str], bind: Bind, public_url: str) -> tuple[str, ...]:
    given = _listed(source, "ALLOWED_HOSTS")
    for host in given:
        if "*" in host or "/" in host or host.startswith("."):
            raise ConfigurationError("ALLOWED_HOSTS", f"{host!r} is not the name of one host")
    if given:
        return given
    public = urlsplit(public_url).hostname or ""
    named = f"[{public}]" if ":" in public else public
    loopback = bind.host in {"127.0.0.1", "localhost", "::1", "0.0.0.0", "::"}  # noqa: S104 (compared, not bound)
    return tuple(dict.fromkeys([named, *(("127.0.0.1", "localhost", "[::1]") if loopback else ())]))


def _redis_url(source: Mapping[str, str]) -> str | None:
    text = _secret(source, "REDIS_URL")
    if not text:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port  # raises for what is no port
    except ValueError as error:
        raise ConfigurationError("REDIS_URL", "has a wrong host or port") from error
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname or port == 0:
        raise ConfigurationError("REDIS_URL", "is not redis://host:port/number")
    number = parts.path.strip("/")
    if number and not (number.isascii() and number.isdigit()):
        raise ConfigurationError("REDIS_URL", "ends in no number of a database, such as /0")
    return text


def _database(source: Mapping[str, str], home: Path) -> Database:
    try:
        return read_database(_secret(source, "DATABASE_URL"), home / "concord.sqlite3")
    except ValueError as error:
        raise ConfigurationError("DATABASE_URL", str(error)) from error


def _secret_key(source: Mapping[str, str], home: Path) -> str | None:
    key = _secret(source, "SECRET_KEY")
    stored = home / KEY_FILE
    if key is None and stored.is_file():
        key = _secret({"SECRET_KEY_FILE": str(stored)}, "SECRET_KEY")
    if key is None:
        return None
    if len(key) < KEY_LENGTH or len(set(key)) < 5 or key.startswith("django-insecure-"):
        problem = f"too weak; give at least {KEY_LENGTH} random characters"
        raise ConfigurationError("SECRET_KEY", problem)
    return key


def _jury_allowed_hosts(source: Mapping[str, str]) -> tuple[str, ...]:
    listed = _listed(source, "JURY_ALLOWED_HOSTS")
    for entry in listed:
        host, _, port = entry.rpartition(":")
        digits = port.isascii() and port.isdigit() and len(port) <= 5
        if not host or not digits or not 0 < int(port) <= 65_535:
            raise ConfigurationError("JURY_ALLOWED_HOSTS", f"{entry!r} is not host:port")
    return listed


def make_home(home: Path) -> None:
    """Make the data folder, readable by its owner only.

    Raises:
        ConfigurationError: it cannot be made.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        problem = f"{str(home)!r} cannot be made: {error.strerror}"
        raise ConfigurationError("CONCORD_HOME", problem) from error
