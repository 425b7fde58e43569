"""How much work something takes, for tests that compare twice as much of a thing with once: never a claim of speed."""

from collections.abc import Callable
from time import process_time


def effort(work: Callable[[], object]) -> float:
    """CPU seconds, the better of two: what else the machine does is no part of the comparison."""
    took = []
    for _ in range(2):
        start = process_time()
        work()
        took.append(process_time() - start)
    return min(took)
