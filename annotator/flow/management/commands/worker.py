"""One jury process: a Celery worker, and a clock beside it in a thread."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Final

from celery import Celery, current_app
from celery.beat import Service
from celery.signals import worker_ready, worker_shutting_down
from django.core.management.base import BaseCommand, CommandParser

from annotator.core.lifeline import tie_to_supervisor
from annotator.flow.tasks import JOBS, PUMP, sweep

NICENESS: Final = 10
THREADS: Final = 4
GRACE_SECONDS: Final = 22.0
NOT_FOR_JOBS: Final = 2
"""Threads that long jobs leave free: one for sweeps and folds, one to ask the jury."""


class Command(BaseCommand):
    """Run the sweep, the jury and the waiting jobs until SIGTERM.

    Without Redis the broker is this process's own memory, so clock and worker must share it;
    with Redis each worker has a clock too: a sweep more heals nothing twice.
    """

    help = "Run one jury process: the sweep, the jury and the waiting jobs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--threads`."""
        parser.add_argument("--threads", type=int, default=THREADS, help="tasks at a time")

    def handle(self, *args: object, threads: int, **options: object) -> None:
        """Work until told to stop; nicer than the web, whose pages people wait for."""
        tie_to_supervisor()
        os.nice(NICENESS)
        JOBS.most = max(1, threads - NOT_FOR_JOBS)
        worker_ready.connect(_sweep_first)
        worker_shutting_down.connect(_wind_up)
        worker = current_app.Worker(
            pool="threads",
            concurrency=threads,
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        threading.Thread(target=_keep_time, args=(current_app,), name="clock", daemon=True).start()
        worker.start()
        # A supervisor starts it again: after a broker was lost it does not recover by itself.
        sys.exit(worker.exitcode or 0)


def _keep_time(app: Celery) -> None:
    """Send the periodic tasks; without its clock the process is of no use and ends."""
    app.set_current()
    try:
        Service(app, max_interval=1, scheduler_cls=app.conf.beat_scheduler).start()
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def _sweep_first(**about: object) -> None:
    """Heal at once what rested while no worker ran; the clock's first ring is a pause away."""
    sweep.delay()


def _wind_up(**about: object) -> None:
    """Let the running round release what it holds, and end in any case within the grace."""
    threading.Thread(target=PUMP.close, name="closing", daemon=True).start()
    limit = threading.Timer(GRACE_SECONDS, _end)
    limit.daemon = True
    limit.start()


def _end() -> None:
    """End now; jobs in the middle of their work go back to the queue, and that is no failure."""
    try:
        JOBS.hand_back()
    finally:
        os._exit(1)
