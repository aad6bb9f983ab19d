import asyncio

from grantstream.service.telemetry.sampling import sampled


async def test_measures_are_taken_again_and_again_even_after_one_failed() -> None:
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
