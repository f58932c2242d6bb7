"""The deliberation against a bare AsyncOpenAI that sends the same requests. By hand:

`python -m tests.bench.bench_jury --count 3000 --in-flight 256 --latency 0.2`. The server is a
process of its own. Prints opinions a second, CPU per opinion, and both ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from openai import AsyncOpenAI, DefaultAioHttpClient

from jury.dialects import get
from jury.opinion import JurorSpec
from tests.jury.cases import brief, juror, rng, seated, store


async def bare(spec: JurorSpec, count: int) -> None:
    client = AsyncOpenAI(
        base_url=spec.base_url, api_key="x", max_retries=0, http_client=DefaultAioHttpClient()
    )
    gate = asyncio.Semaphore(spec.in_flight)
    (request,) = get("judge").requests(brief(), spec, rng(1))
    schema = {"name": "judgement", "strict": True, "schema": request.schema}
    body: dict[str, Any] = {
        "model": spec.model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "temperature": 0,
        "max_tokens": request.max_tokens,
        "response_format": {"type": "json_schema", "json_schema": schema},
    }

    async def one() -> None:
        async with gate:
            await client.chat.completions.create(**body)

    await asyncio.gather(*(one() for _ in range(count)))
    await client.close()


async def whole(spec: JurorSpec, count: int) -> None:
    tasks = store(count)
    deliberation = seated(spec, max_in_flight=spec.in_flight)
    stop = asyncio.Event()
    await deliberation.run(tasks.queue, stop=stop, deadline=time.monotonic() + 300)
    await deliberation.aclose()
    if len(tasks.outcomes) != count or tasks.states() != {"given": count}:
        message = f"lost or failed: {tasks.states()} of {count}"
        raise SystemExit(message)


def timed(
    work: Callable[[JurorSpec, int], Awaitable[None]], spec: JurorSpec, n: int
) -> list[float]:
    async def main() -> None:
        await work(spec, n)

    began, cpu = time.monotonic(), time.process_time()
    asyncio.run(main())
    return [n / (time.monotonic() - began), (time.process_time() - cpu) / n * 1000]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--in-flight", type=int, default=256)
    parser.add_argument("--latency", default="0.2")
    parser.add_argument("--faults", default="")
    options = parser.parse_args()
    command = [sys.executable, "-m", "tests.fakes.llm_server", "--latency", options.latency]
    command += ["--faults", options.faults]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        clean = juror(url, "ok", in_flight=options.in_flight, timeout_seconds=60.0)
        faulty = juror(url, "mix", in_flight=options.in_flight, timeout_seconds=60.0)
        timed(bare, clean, 50)
        plain = timed(bare, clean, options.count)
        ours = timed(whole, faulty if options.faults else clean, options.count)
        server.terminate()
    for name, (rate, cpu) in {"bare": plain, "jury": ours}.items():
        print(f"{name}: {rate:.0f} opinions/s, {cpu:.2f} ms CPU each")  # noqa: T201
    print(f"rate x{ours[0] / plain[0]:.2f}, CPU x{ours[1] / plain[1]:.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
