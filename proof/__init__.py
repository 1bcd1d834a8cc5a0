"""What is promised, measured: kills, faults and load against the whole product (`make proof`, docs/reliability.md)."""
