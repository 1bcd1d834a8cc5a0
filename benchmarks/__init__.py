"""Speed and size, each beside a baseline of the same run: `make bench`, or `python -m benchmarks NAME…`.

Nothing here is a test: a busy machine makes every number worse, its baseline with it.
"""
