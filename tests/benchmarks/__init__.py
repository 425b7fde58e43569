"""How fast the pages are, beside a bare reference of each: `uv run python -m tests.benchmarks [--quick]`.

Never run by pytest: a stopwatch in a test fails on a busy machine. What must not change is pinned by counts in
`tests/support/test_statements.py`.
"""
