"""A workload a file; each has `async def run(bench) -> list[Row]`."""
