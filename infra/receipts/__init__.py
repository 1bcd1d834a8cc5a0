"""Receipts and pictures: the unified receipt (PDF), payment codes, plots, and reading codes from photos."""
