"""Databases of tests, made as the proofs make theirs."""

from proof.databases import copied_database, fresh_name, named, run_statement

__all__ = ["copied_database", "fresh_name", "named", "run_statement"]
