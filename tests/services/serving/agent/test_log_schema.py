"""Real lines of the agent's log, held to docs/logs.md."""

import json
from typing import Any

from tests.services.log_lines import check


def test_every_line_of_the_agent_is_as_documented(platform: Any) -> None:
    platform.start()
    platform.wait(platform.is_ready, "ready")
    platform.desire(digit={"stable": 1, "canary": 9})
    platform.wait(lambda: "no_such_version" in platform.log(), "told")
    platform.desired.write_text("models: {digit: {stabel: 2}}")
    platform.wait(lambda: "stabel is not known" in platform.log(), "told")

    lines = [json.loads(line) for line in platform.log().splitlines()]

    for line in lines:
        check(line)
    assert {line["level"] for line in lines} >= {"info", "error"}
    assert {line["logger"] for line in lines} >= {"fvi.agent", "services.serving.agent.puller"}
