"""Run the stand-ins, or speak as Slack or a mail server to a running product.

    python -m fleetcs.local.standins [--port 0] [--index-port 0] [--state DIR] [--announce FILE] [--parent-pid PID]
        [--product URL]
    python -m fleetcs.local.standins say --channel C1 --user U1 "text" [--thread TS] [--times 3]
    python -m fleetcs.local.standins click --channel C1 --user U1 --ts TS --action ID [--value V]
    python -m fleetcs.local.standins mail FILE

`say`, `click` and `mail` read BASE_URL, SLACK_SIGNING_SECRET and MAIL_SIGNING_SECRET from the environment.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import requests

from fleetcs import clock
from fleetcs.local.standins import outgoing, run
from fleetcs.local.standins.slack import Slack
from fleetcs.local.standins.wire import Fact


def main(given: Sequence[str]) -> int:
    """The exit status: 0 when the product took what was sent."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetcs.settings")
    options = _parser().parse_args(given)
    status: int = options.act(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fleetcs.local.standins")
    parser.add_argument("--port", type=int, default=0, help="HTTPS port; 0: the one of last time, or any")
    parser.add_argument("--index-port", type=int, default=0, help="port of the page that people read")
    parser.add_argument("--state", type=Path, default=run.STATE, help="folder of journal and certificate")
    parser.add_argument("--announce", type=Path, default=None, help="file to write the addresses to")
    parser.add_argument("--parent-pid", type=int, default=0, help="stop when this process is gone")
    parser.add_argument("--product", default="", help="address of the product, told of what happens at GitHub")
    parser.set_defaults(act=run.serve)
    _add_senders(parser.add_subparsers())
    return parser


def _add_senders(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    say = commands.add_parser("say", help="a person writes in Slack")
    say.add_argument("text")
    say.add_argument("--thread", default="")
    say.add_argument("--times", type=int, default=1, help="deliver the same event so many times")
    say.set_defaults(act=_say)
    click = commands.add_parser("click", help="a person presses a button in Slack")
    for name in ("--ts", "--action"):
        click.add_argument(name, required=True)
    click.add_argument("--value", default="")
    click.set_defaults(act=_click)
    for command in (say, click):
        command.add_argument("--channel", required=True)
        command.add_argument("--user", required=True)
    mail = commands.add_parser("mail", help="a mail arrives")
    mail.add_argument("file", type=Path)
    mail.set_defaults(act=_mail)


def _say(options: argparse.Namespace) -> int:
    message = {"channel": options.channel, "user": options.user, "text": options.text, "thread_ts": options.thread}
    said = _remembered(message) or Slack().said(message, clock.now())
    sys.stdout.write(f"ts {said['ts']}\n")
    return max([_told(outgoing.event(outgoing.Target.from_environment(), said)) for _ in range(options.times)])


def _remembered(message: dict[str, str]) -> Fact | None:
    """Let the running stand-in, if there is one, know the message too; None without one."""
    try:
        told = run.announced()["index_url"] + "said"
        answer: Fact = requests.post(told, json=message, timeout=outgoing.TIMEOUT).json()
    except (OSError, ValueError, KeyError):
        return None
    return answer


def _click(options: argparse.Namespace) -> int:
    pressed = {name: getattr(options, name) for name in ("channel", "user", "ts", "action", "value")}
    return _told(outgoing.click(outgoing.Target.from_environment(), **pressed))


def _mail(options: argparse.Namespace) -> int:
    return _told(outgoing.mail(outgoing.Target.from_environment(), options.file.read_bytes()))


def _told(status: int) -> int:
    sys.stdout.write(f"The product answered {status}.\n" if status else "The product did not answer.\n")
    return 0 if 200 <= status < 300 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
