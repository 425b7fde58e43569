"""What helps to solve a request: six details that are asked for always, thirteen on demand (INT-07, INT-08)."""

from collections.abc import Mapping
from typing import Final

REQUIRED: Final[dict[str, str]] = {
    "server_version": "Server version",
    "agent_version": "Agent kind and version",
    "operating_system": "Operating system",
    "web_browser": "Web browser",
    "expected": "Expected behavior",
    "actual": "Actual behavior",
}

OPTIONAL: Final[dict[str, str]] = {
    "total_hosts": "Total hosts",
    "online_hosts": "Online hosts",
    "scheduled_queries": "Scheduled queries",
    "instances": "Number and size of the server instances (CPU, memory)",
    "instances_load": "CPU and memory use of the instances while it happens",
    "mysql_version": "MySQL flavor and version",
    "mysql_capacity": "MySQL server capacity (CPU, memory)",
    "mysql_load": "MySQL CPU and memory use while it happens",
    "mysql_replicas": "MySQL read replicas: configured, how many",
    "redis_version": "Redis version and server capacity (CPU, memory)",
    "redis_cluster": "Redis in cluster mode?",
    "redis_load": "Redis CPU and memory use while it happens",
    "debug_archive": "Output of the debug archive command",
}

LONGEST = 2_000


def missing(details: Mapping[str, str]) -> list[str]:
    """Labels of the required details nobody has filled. "n/a" needs a reason: "n/a: they use the API only"."""
    return [label for code, label in REQUIRED.items() if not is_filled(details.get(code, ""))]


def empty(details: Mapping[str, str]) -> list[str]:
    """Labels of the thirteen optional details that are empty, in their order."""
    return [label for code, label in OPTIONAL.items() if not details.get(code, "").strip()]


def is_filled(value: str) -> bool:
    """Whether a value says something: a bare "n/a" does not, "n/a" with a reason does."""
    said = value.strip()
    return bool(said) and said.lower().rstrip(".:- ") not in {"n/a", "na", "none"}


def ask_for(details: Mapping[str, str]) -> str:
    """A message that asks for exactly the optional details that are empty; empty text when none is."""
    lines = [f"- {label}" for label in empty(details)]
    if not lines:
        return ""
    return "To find the cause faster, could you send us the following, as far as you have it?\n\n" + "\n".join(lines)
