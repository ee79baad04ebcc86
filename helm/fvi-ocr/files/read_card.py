"""What `helm test` runs, in the API's image: read the SPECIMEN card through the Service. Standard library only.

python read_card.py URL SECONDS

API_KEY is sent if it is set. With KEY_IS_ASKED_FOR and no key, only the refusal is seen.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def main(url: str, seconds: str) -> str:
    """What was seen, in a line; ends the process with a sentence if it is not what should be."""
    give_up = time.monotonic() + float(seconds)
    key = os.environ.get("API_KEY", "")
    while True:
        status, document = post(f"{url}/v1/cards", key)
        if status not in (0, 503) or time.monotonic() > give_up:
            break
        time.sleep(2)  # it has just been installed: models may still be on their way
    if os.environ.get("KEY_IS_ASKED_FOR"):
        if status != 401:
            sys.exit(f"FAILED: without an API key the answer is {status}, not 401: {document}")
        return "The API asks for keys. No card was read: name a Secret with one in test.existingSecret to have it read."
    if status != 200:
        sys.exit(f"FAILED: {status} {document.get('code')}: {document.get('detail')}")
    return check(document)


def post(url: str, key: str) -> tuple[int, dict[str, Any]]:
    """Status and JSON of the answer; status 0 if there is none."""
    request = urllib.request.Request(url, (FOLDER / "specimen.jpg").read_bytes(), {"Content-Type": "image/jpeg"})
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")
    except OSError as error:
        return 0, {"code": "no_answer", "detail": str(error)}


def check(document: dict[str, Any]) -> str:
    """The type and the number of the card must be right; the other fields must be there."""
    truth = json.loads((FOLDER / "specimen.json").read_text())
    fields = document["fields"]
    read = document["card"]["type"], fields.get("id_number", {}).get("value")
    printed = truth["type"], truth["fields"]["id_number"]
    if read != printed:
        sys.exit(f"FAILED: read {read}; printed is {printed}")
    missing = sorted(truth["fields"].keys() - fields.keys())
    if missing:
        sys.exit(f"FAILED: these fields were not found: {', '.join(missing)}")
    versions = {model: each["version"] for model, each in document["models"].items()}
    return f"The card was read: {document['card']['type']}, the right number, {len(fields)} fields, by {versions}"


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
