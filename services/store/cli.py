"""`fvi-ocr models`: look into a model store, publish to it, check it, clean it up."""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.store import signing, tables
from services.store.errors import CorruptVersion, StoreError, StoreUnavailable, UntrustedVersion
from services.store.folder import read_folder
from services.store.manifest import Manifest
from services.store.names import MANIFEST_FILE
from services.store.store import ModelStore

FAILED, UNAVAILABLE = 1, 3  # 2 is argparse's, for wrong use


def main(argv: Sequence[str]) -> int:
    """Run one verb. Returns 0, 1 (it failed, or something is not as it should be) or 3 (the store is away)."""
    arguments = _parser().parse_args(argv)
    try:
        if arguments.verb == "keygen":
            return _keygen(arguments.private_key)
        with ModelStore.open(arguments.store) as store:
            return int(arguments.run(store, arguments))
    except StoreError as error:
        print(f"fvi-ocr models: {error}", file=sys.stderr)
        return UNAVAILABLE if isinstance(error, StoreUnavailable) else FAILED


def _list(store: ModelStore, arguments: argparse.Namespace) -> int:
    found = [_look(store, model, version) for model, version in _named(store, arguments)]
    if arguments.json:
        _print_json([entry.as_json() for entry in found])
    else:
        _print(tables.versions(found) if found else f"{store.url} holds no versions.")
        for entry in found:
            if entry.error:
                print(entry.error, file=sys.stderr)
    return 0


def _look(store: ModelStore, model: str, version: int) -> tables.Found:
    """One wrong manifest does not keep the others from being listed."""
    try:
        return tables.Found(model, version, store.manifest(model, version), None)
    except (CorruptVersion, UntrustedVersion) as error:
        return tables.Found(model, version, None, error)


def _show(store: ModelStore, arguments: argparse.Namespace) -> int:
    manifest = store.manifest(arguments.model, _version_or_newest(store, arguments))
    if arguments.json:
        _print_json({**json.loads(manifest.content), "digest": manifest.digest})
    else:
        for table in tables.details(manifest):
            _print(table)
    return 0


def _publish(store: ModelStore, arguments: argparse.Namespace) -> int:
    model, version = arguments.model, arguments.version
    if model is None or version is None:
        if not (arguments.folder / MANIFEST_FILE).exists():
            raise StoreError(f"{arguments.folder} has no {MANIFEST_FILE}: say what it is with --model and --version")
        own = read_folder(arguments.folder)
        model, version = model or own.model, version or own.version
    manifest = store.publish(arguments.folder, model, version, replace_unfinished=arguments.replace_unfinished)
    if arguments.json:
        _print_json(_summary(manifest))
    else:
        print(f"Published {manifest} to {store.url}: {len(manifest.files)} files, {tables.size(manifest.size)}")
    return 0


def _verify(store: ModelStore, arguments: argparse.Namespace) -> int:
    results = [_verify_one(store, model, version) for model, version in _named(store, arguments)]
    if arguments.json:
        _print_json(results)
    else:
        for result in results:
            print(tables.verdict(result))
    return FAILED if any(result["code"] != "ok" for result in results) else 0


def _verify_one(store: ModelStore, model: str, version: int) -> dict[str, object]:
    which: dict[str, object] = {"model": model, "version": version}
    console = Console(stderr=True, markup=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"{model} {version}")
        try:
            unlisted = store.verify(model, version, lambda done, total: bar.update(task, completed=done, total=total))
        except (CorruptVersion, UntrustedVersion) as error:
            return {**which, "code": error.code, "error": str(error)}
    return {**which, "code": "ok", "unlisted": unlisted}


def _gc(store: ModelStore, arguments: argparse.Namespace) -> int:
    in_use = defaultdict(set)
    for model, version in arguments.in_use:
        in_use[model].add(version)
    age = timedelta(hours=arguments.unfinished_hours)
    removals = store.gc(arguments.keep, in_use, age, delete=arguments.yes)
    if arguments.json:
        _print_json([{**vars(removal), "deleted": arguments.yes} for removal in removals])
        return 0
    did = "Deleted" if arguments.yes else "Would delete"
    for removal in removals:
        print(f"{did} {removal.path} ({removal.reason}, {tables.size(removal.size)})")
    if not removals:
        print("Nothing to delete.")
    elif not arguments.yes:
        print("Nothing was deleted: say --yes to do it.")
    return 0


def _keygen(private: Path) -> int:
    public = private.with_name(f"{private.name}.pub")
    signing.write_key_pair(private, public)
    print(f"Wrote {private} (keep it secret: FVI_STORE_SIGNING_KEY_FILE where you publish)")
    print(f"and {public} (FVI_STORE_PUBLIC_KEYS_FILE wherever models are fetched).")
    return 0


def _named(store: ModelStore, arguments: argparse.Namespace) -> list[tuple[str, int]]:
    """The versions that the arguments mean: one, all of a model, or all."""
    if arguments.version is not None:
        return [(arguments.model, arguments.version)]
    models = [arguments.model] if arguments.model else store.models()
    return [(model, version) for model in models for version in store.versions(model)]


def _version_or_newest(store: ModelStore, arguments: argparse.Namespace) -> int:
    if arguments.version is not None:
        return int(arguments.version)
    versions = store.versions(arguments.model)
    if not versions:
        raise StoreError(f"{store.url} has no version of {arguments.model}. It has: {', '.join(store.models())}")
    return versions[-1]


def _summary(manifest: Manifest) -> dict[str, object]:
    return tables.Found(manifest.model, manifest.version, manifest, None).as_json()


def _print(what: Table | str) -> None:
    Console(markup=False, highlight=False).print(what)  # names may look like markup


def _print_json(document: object) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("fvi-ocr models", description="A store of models; docs/store.md says more.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--store", required=True, metavar="URL", help="a folder, or s3://bucket/path, gs://bucket/path")
    common.add_argument("--json", action="store_true", help="print JSON")

    def verb(name: str, run: object, text: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=text, description=text, parents=[common])
        added.set_defaults(run=run)
        return added

    for name, run, text in (
        ("list", _list, "list the versions of every model, or of one"),
        ("verify", _verify, "read every byte of all versions, or some, and compare with the manifests"),
    ):
        some = verb(name, run, text)
        some.add_argument("model", nargs="?")
        some.add_argument("version", nargs="?", type=int)
    show = verb("show", _show, "say everything that is known of one version")
    show.add_argument("model")
    show.add_argument("version", nargs="?", type=int, help="default: the newest")
    publish = verb("publish", _publish, "make a folder with a SavedModel a version of the store")
    publish.add_argument("folder", type=Path, help="such as build/store/reader/1")
    publish.add_argument("--model", help="default: as its manifest says")
    publish.add_argument("--version", type=int, help="default: as its manifest says")
    publish.add_argument(
        "--replace-unfinished", action="store_true", help="over what an interrupted publish of other files left"
    )
    gc = verb("gc", _gc, "delete versions that nobody needs any more; says what it would do unless --yes")
    gc.add_argument("--keep", type=_positive, default=3, help="newest versions of each model that stay (default 3)")
    gc.add_argument(
        "--in-use", type=_model_and_version, action="append", default=[], metavar="MODEL/VERSION", help="stays too"
    )
    gc.add_argument(
        "--unfinished-hours", type=_positive, default=24, help="age of an unfinished publish to delete (default 24)"
    )
    gc.add_argument("--yes", action="store_true", help="delete")
    keygen = verbs.add_parser("keygen", help="make a key pair to sign versions with")
    keygen.add_argument("private_key", type=Path, help="file to write; the public key goes to the same name and .pub")
    return parser


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"a whole number from 1, not {text!r}")
    return int(text)


def _model_and_version(text: str) -> tuple[str, int]:
    model, _, version = text.partition("/")
    if not model:
        raise argparse.ArgumentTypeError(f"MODEL/VERSION, such as reader/3, not {text!r}")
    return model, _positive(version)
