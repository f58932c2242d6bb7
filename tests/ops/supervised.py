"""A supervisor over two services, for test_supervisor: `python -m tests.ops.supervised FOLDER`.

Each service has a child of its own, ignores SIGTERM if asked to, and writes its process ids.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from annotator.config.supervisor import Service, Supervisor

SERVICE = """
import os, signal, subprocess, sys, time
from pathlib import Path
from annotator.core.lifeline import tie_to_supervisor
folder, name, manner = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
if manner == "misconfigured":
    sys.exit(3)
tie_to_supervisor()
if manner == "late":
    time.sleep(1)
    sys.exit(3)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
def leave(*_):
    child.kill()
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if manner == "deaf" else leave)
part = folder / f".{name}"
part.write_text(f"{os.getpid()} {child.pid}")
part.replace(folder / f"{name}.pids")
time.sleep(60)
"""


def main(folder: Path, *manners: str) -> int:
    """Run a service for each manner: plain, deaf, late (it ends with 3 after a second) or misconfigured."""
    services = tuple(
        Service(
            name=f"s{number}",
            command=(sys.executable, "-c", SERVICE, str(folder), f"s{number}", manner),
            environment=os.environ,
        )
        for number, manner in enumerate(manners)
    )
    supervisor = Supervisor(services, say=_say, grace=1.0, steady=0.5)
    return supervisor.run()


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
