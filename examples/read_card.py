"""Reads a photo of a card through a running API: python examples/read_card.py http://127.0.0.1:8080 card.jpg"""

import json
import os
import sys
import time
from pathlib import Path

import httpx


def read_card(url: str, photo: bytes, key: str = "", tries: int = 5) -> dict:
    """The answer for one photo; waits and tries again as long as the API says that this may help."""
    headers = {"Content-Type": "application/octet-stream", **({"Authorization": f"Bearer {key}"} if key else {})}
    for left in reversed(range(tries)):
        answer = httpx.post(f"{url}/v1/cards", content=photo, headers=headers, timeout=60)
        if "Retry-After" not in answer.headers or not left:  # 429 and 503 have it
            break
        time.sleep(int(answer.headers["Retry-After"]))
    if not answer.is_success:
        raise SystemExit(f"{answer.json()['detail']} ({answer.json()['code']}, {answer.json()['request_id']})")
    return answer.json()


if __name__ == "__main__":
    card = read_card(sys.argv[1], Path(sys.argv[2]).read_bytes(), os.environ.get("OCR_API_KEY", ""))
    print(json.dumps({name: field["value"] for name, field in card["fields"].items()}, ensure_ascii=False))
