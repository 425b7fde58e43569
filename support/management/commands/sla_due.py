"""Say when requests fall due: JSON lines in, JSON lines out, by the policy and the hours in force at their receipt."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand

from support import questions
from support.models.in_force import Answer, InForce


class Command(BaseCommand):
    """`sla_due [--explain]` reads standard input and answers line by line; exit status 1 when a line was unusable."""

    help = "Read JSON lines with tier, priority and received_at; answer when each falls due."
    stealth_options = ("stdin",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--explain", action="store_true", help="add the minute ledger to every answer")

    def handle(self, *args: Any, explain: bool, **options: Any) -> None:
        in_force, failed = InForce(), False
        for line in lines(options.get("stdin") or sys.stdin.buffer):
            answer = answer_to(line, in_force, explain)
            failed = failed or "error" in answer
            self.stdout.write(json.dumps(answer))
            self.stdout.flush()
        if failed:
            sys.exit(1)


def lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long only the beginning is kept in memory."""
    while line := stream.readline(questions.LONGEST_LINE + 2):
        rest = line
        while len(rest) > questions.LONGEST_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(questions.LONGEST_LINE + 2)
        yield line


def answer_to(line: bytes, in_force: InForce, explain: bool) -> dict[str, Any]:
    """The answer to one line, or {"error": ...}."""
    try:
        asked = questions.read(line)
        answer = in_force.promise(asked.tier, asked.priority, asked.received_at)
        return facts(answer) | (questions.explained(answer.explanation) if explain else {})
    except ValueError as error:
        return {"error": str(error)}


def facts(answer: Answer) -> dict[str, Any]:
    """What is promised, in UTC; null where nothing is."""
    promise = answer.promise
    return {
        "due_at": questions.utc(promise.due_at),
        "target_at": questions.utc(promise.target_at),
        "received_in_business_hours": answer.received_inside,
        "at_risk_at": questions.utc(promise.at_risk_at()),
        "clock": promise.rule.clock,
        "policy": answer.policy.code,
    }
