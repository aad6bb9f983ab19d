import asyncio

from grantstream.service.telemetry.sampling import sampled


async def test_sampling_continues_after_a_failed_measurement() -> None:
    taken = 0
    enough = asyncio.Event()

    async def measure() -> None:
        nonlocal taken
        taken += 1
        if taken == 2:
            raise RuntimeError("no value")
        if taken == 4:
            enough.set()

    async with sampled(measure, interval=0.001), asyncio.timeout(5):
        await enough.wait()
