import asyncpg


async def test_the_cluster_of_the_test_run_makes_databases(cluster: str) -> None:
    main = await asyncpg.connect(cluster.format(db="postgres"))
    try:
        await main.execute("CREATE DATABASE trial")
        trial = await asyncpg.connect(cluster.format(db="trial"))
        assert await trial.fetchval("SELECT current_database()") == "trial"
        await trial.close()
        await main.execute("DROP DATABASE trial")
    finally:
        await main.close()
