"""How gunicorn serves the pages; its settings are this module's names.

No preload: workers open their own database connections. No control socket: the
supervisor is the only one to command it.
"""

from __future__ import annotations

import os

from annotator.config import env
from annotator.core.lifeline import tie_to_supervisor

_ENV = env.load()

wsgi_app = "annotator.config.wsgi:application"
worker_class = "gthread"
workers = _ENV.web_workers
threads = _ENV.web_threads
preload_app = False
control_socket_disable = True
timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
loglevel = "warning" if _ENV.log_level == "info" else _ENV.log_level
logger_class = "gunicorn.glogging.Logger"
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (heartbeats)


def on_starting(server: object) -> None:
    """End with the supervisor, if there is one; gunicorn's workers watch their master."""
    tie_to_supervisor()
