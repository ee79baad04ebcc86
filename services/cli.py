"""The `fvi-ocr` command. Each verb lives in a module of its own and is imported only when asked for."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from models.card import CARD_CLASSES
from models.spec import MODELS


class CommandError(Exception):
    """What a person did wrong or should do next, in one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit status (2: wrong use, 1: it failed)."""
    arguments, rest = _parser().parse_known_args(argv)
    if rest and arguments.command not in ("train", "export", "models", "rollout", "top"):
        _parser().error(f"unknown arguments: {' '.join(rest)}")
    try:
        return _run(arguments, rest)
    except (CommandError, OSError, RuntimeError) as error:
        # OSError: a file that is not there; RuntimeError: no fonts. Their messages say which.
        print(f"fvi-ocr: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: argparse.Namespace, rest: list[str]) -> int:
    match arguments.command:
        case "up":
            from services.local import up

            return up(arguments.store, arguments.read, arguments.once, arguments.port, arguments.desired)
        case "read":
            from services.read import read

            return read(arguments.images, arguments.url, _output(arguments), arguments.annotate, arguments.key_file)
        case "keys":
            _print_new_key(arguments.client)
        case "synth":
            from models.synthetic.photos import write_photos

            kind = next((kind for kind in CARD_CLASSES if " ".join(kind) == arguments.kind), None)
            write_photos(arguments.out, arguments.split, arguments.count, arguments.first, kind)
        case "evaluate":
            from models.report import evaluate_all

            evaluate_all(arguments.cards, arguments.write)
        case "train":
            import importlib

            importlib.import_module(f"models.{arguments.model}.train").main(rest)
        case "export":
            from export.__main__ import main as export

            return int(export(rest) or 0)
        case "models":
            from services.store.cli import main as models

            return models(rest)
        case "rollout":
            from services.rollout.cli import main as rollout

            return rollout(rest)
        case "top":
            from services.top.cli import main as top

            return top(rest)
    return 0


def _print_new_key(client: str) -> None:
    from services.api.keys import BadKeys, new_key

    try:
        key, line = new_key(client)
    except BadKeys as error:
        raise CommandError(str(error)) from None
    print(f"API key, shown only now: {key}")
    print(f"Line for FVI_API_KEYS_FILE: {line}")


def _output(arguments: argparse.Namespace) -> str:
    return "json" if arguments.json else "jsonl" if arguments.jsonl else "table"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("fvi-ocr", description="Reads Vietnamese identity cards from photos.")
    commands = parser.add_subparsers(dest="command", required=True)

    up = commands.add_parser("up", help="start agent, model server and API on this machine, on loopback")
    up.add_argument("--store", required=True, help="model store: a folder of MODEL/VERSION/, or s3://... or gs://...")
    up.add_argument("--desired", type=Path, metavar="YAML", help="what to serve (default: the newest versions)")
    up.add_argument("--port", type=int, default=8080, help="of the API; a free one is taken if it is in use")
    up.add_argument("--read", type=Path, nargs="*", default=[], metavar="IMAGE", help="photos to read once it is up")
    up.add_argument("--once", action="store_true", help="stop after reading them")

    read = commands.add_parser("read", help="send photos to a running API and print the fields")
    read.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
    read.add_argument("--url", help="of the API (default: the one `fvi-ocr up` started here)")
    kind = read.add_mutually_exclusive_group()
    kind.add_argument("--json", action="store_true", help="print the API's answers, indented")
    kind.add_argument("--jsonl", action="store_true", help="print the API's answers, one a line")
    read.add_argument(
        "--key-file", type=Path, metavar="FILE", help="file that holds the API key, where one is asked for"
    )
    read.add_argument("--annotate", type=Path, metavar="PNG", help="write the photo with corners and words drawn on it")

    keys = commands.add_parser("keys", help="make API keys")
    new = keys.add_subparsers(required=True).add_parser(
        "new", help="make a key; prints it, and the line that lets it in"
    )
    new.add_argument("client", metavar="CLIENT", help="whose key it is: up to 32 of a-z, 0-9 and -")

    synth = commands.add_parser("synth", help="draw and photograph SPECIMEN cards")
    synth.add_argument("--out", type=Path, required=True)
    synth.add_argument("--split", default="mobile", choices=("clean", "mobile", "hard"))
    synth.add_argument("--count", type=int, default=10)
    synth.add_argument("--kind", choices=[" ".join(kind) for kind in CARD_CLASSES], help="of card; any without it")
    synth.add_argument("--first", type=int, default=0, help="number of the first one; it is the seed")

    evaluate = commands.add_parser("evaluate", help="measure the committed weights on the test splits")
    evaluate.add_argument("--cards", type=int, default=300, help="of each split")
    evaluate.add_argument("--write", type=Path, metavar="MD", help="also write the report to this file")

    train = commands.add_parser("train", help="train one model; its own --help says more", add_help=False)
    train.add_argument("model", choices=MODELS)
    commands.add_parser("export", help="export models; its own --help says more", add_help=False)
    commands.add_parser("rollout", help="try a version on some cards, by evidence: start, status, …", add_help=False)
    commands.add_parser("models", help="list, publish, verify versions in a model store", add_help=False)
    commands.add_parser("top", help="what a running system does: rates, times, versions, canary", add_help=False)
    return parser


if __name__ == "__main__":
    sys.exit(main())
