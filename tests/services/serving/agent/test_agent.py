"""The agent beside a real server, with a real store, while things go right and wrong."""

import random
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import grpc

from services.store.store import ModelStore


def test_every_stable_label_answers_before_the_agent_is_ready(platform: Any) -> None:
    platform.start("agent")
    platform.wait(platform.config.exists, "models.config")
    platform.wait(lambda: platform.get("/healthz").status_code == 200, "the agent is alive")
    assert not platform.is_ready()
    platform.start("server")
    platform.wait(platform.is_ready, "ready")
    assert platform.predict() == (1, 1.0)
    labels = {"model": "digit", "version": "1", "label": "stable", "state": "AVAILABLE"}
    assert platform.metric("fvi_model_version_state", **labels) == 1
    platform.wait(lambda: platform.metric("fvi_agent_convergence_lag_seconds", model="digit") == 0, "converged")
    assert platform.metric("fvi_agent_pulled_bytes_total", model="digit") > 100


def test_ten_thousand_requests_while_versions_roll_ten_times(platform: Any) -> None:
    platform.start()
    platform.wait(platform.is_ready, "ready")
    failures, answered, stop = [], {1: 0, 2: 0}, threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                version, value = platform.predict()
            except grpc.RpcError as error:
                failures.append(f"{error.code()} {error.details()}")
                continue
            if value != version:
                failures.append(f"version {version} answered {value}")
            answered[version] += 1

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            for version in (2, 1):
                platform.desire(digit={"stable": version})
                platform.wait(lambda version=version: platform.answers(version), f"version {version} answers")
        platform.wait(lambda: sum(answered.values()) >= 10_000, "10 000 answers", 300)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert min(answered.values()) > 100


def test_two_models_roll_at_once(platform: Any) -> None:
    platform.publish(1, 2, 3, model="other")
    platform.desire(digit={"stable": 1}, other={"stable": 3})
    platform.start()
    platform.wait(platform.is_ready, "ready")
    platform.desire(digit={"stable": 2}, other={"stable": 1, "canary": 2})
    platform.wait(lambda: platform.answers(2), "digit rolled")
    platform.wait(lambda: platform.answers(1, model="other"), "other rolled")
    platform.wait(lambda: platform.answers(2, "canary", "other"), "canary came")


def test_a_canary_comes_is_promoted_and_the_old_version_goes_from_server_and_disk(platform: Any) -> None:
    platform.start()
    platform.wait(platform.is_ready, "ready")
    platform.desire(digit={"stable": 1, "canary": 2, "traffic": 5})
    platform.wait(lambda: platform.answers(2, "canary"), "canary answers")
    assert platform.answers(1)
    platform.desire(digit={"stable": 2, "keep": [1]})
    platform.wait(lambda: platform.answers(2), "promoted")
    time.sleep(1)  # twice the linger time: what is kept must still be here after it
    assert platform.metric("fvi_model_version_state", version="1", state="AVAILABLE", label="") == 1
    platform.desire(digit={"stable": 2})
    platform.wait(lambda: platform.on_disk() == {"2"}, "version 1 is gone from disk")
    platform.wait(lambda: platform.metric("fvi_model_version_state", version="1") is None, "no series is left of it")
    assert platform.is_ready()


def test_a_corrupt_version_is_never_served_and_log_and_metric_say_why(platform: Any) -> None:
    platform.start()
    platform.wait(platform.is_ready, "ready")
    [variables] = (platform.store_folder / "digit" / "2").rglob("variables.data*")
    variables.write_bytes(bytes(variables.stat().st_size))
    platform.desire(digit={"stable": 2})
    platform.wait(lambda: (platform.metric("fvi_agent_verification_failures_total", model="digit") or 0) > 0, "noticed")
    assert platform.metric("fvi_agent_pull_failures_total", model="digit", code="corrupt_version") >= 1
    assert "Cannot pull digit version 2" in platform.log()
    assert "2" not in platform.on_disk()
    assert platform.predict() == (1, 1.0)
    assert platform.is_ready()  # what was stable still is
    # The lag is told at the end of a round, the failure in the middle of it.
    platform.wait(lambda: (platform.metric("fvi_agent_convergence_lag_seconds", model="digit") or 0) > 0, "lag is told")


def test_a_version_that_cannot_be_loaded_leaves_stable_where_it_was(platform: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "saved_model.pb").write_bytes(b"\xff not a SavedModel")
    with ModelStore.open(str(platform.store_folder)) as store:
        store.publish(broken, "digit", 3)
    platform.start()
    platform.wait(platform.is_ready, "ready")
    platform.desire(digit={"stable": 1, "canary": 3})
    platform.wait(lambda: platform.metric("fvi_agent_load_failures_total", model="digit") == 1, "noticed")
    assert "The model server cannot load digit version 3" in platform.log()
    assert platform.predict() == (1, 1.0)
    assert platform.is_ready()
    platform.desire(digit={"stable": 2})
    platform.wait(lambda: platform.answers(2), "a good version afterwards")


def test_a_desired_state_with_a_mistake_changes_nothing_and_is_told_once(platform: Any) -> None:
    platform.start()
    platform.wait(platform.is_ready, "ready")
    platform.desired.write_text("models: {digit: {stabel: 2}}")
    platform.wait(lambda: platform.metric("fvi_agent_desired_state_ok") == 0, "noticed")
    time.sleep(0.5)  # several looks at it
    assert platform.log().count("stabel is not known") == 1
    assert platform.predict() == (1, 1.0)
    assert platform.is_ready()
    platform.desire(digit={"stable": 2})
    platform.wait(lambda: platform.answers(2), "the next good one is followed")
    assert platform.metric("fvi_agent_desired_state_ok") == 1


def test_started_again_with_the_store_away_it_serves_what_is_on_disk(platform: Any) -> None:
    platform.start()
    platform.wait(platform.is_ready, "ready")
    platform.kill()
    shutil.move(platform.store_folder, platform.folder / "away")
    platform.config.unlink()
    platform.start()
    platform.wait(platform.is_ready, "ready")
    assert platform.predict() == (1, 1.0)
    platform.desire(digit={"stable": 2})
    platform.wait(lambda: "Cannot pull digit version 2" in platform.log(), "told that the store is away")
    assert platform.predict() == (1, 1.0)
    shutil.move(platform.folder / "away", platform.store_folder)
    platform.wait(lambda: platform.answers(2), "version 2, once the store is back")


def test_a_version_damaged_on_disk_is_fetched_again_while_it_goes_on_answering(platform: Any) -> None:
    platform.start()
    platform.wait(platform.is_ready, "ready")
    platform.kill("agent")
    [variables] = (platform.folder / "models" / "digit" / "1").rglob("variables.data*")
    whole = variables.read_bytes()
    variables.write_bytes(bytes(len(whole)))
    platform.start("agent")

    def is_whole_again() -> bool:
        assert platform.predict() == (1, 1.0)
        return variables.exists() and variables.read_bytes() == whole

    platform.wait(is_whole_again, "fetched again")
    assert "is not to be used, fetching it again" in platform.log()
    platform.wait(platform.is_ready, "ready")
    platform.wait(lambda: platform.on_disk() == {"1"}, "nothing is left beside it")


def test_killed_at_any_moment_it_ends_in_the_same_place(platform: Any) -> None:
    platform.publish(3)
    platform.start()
    platform.wait(platform.is_ready, "ready")
    chance, last = random.Random(20261122), 1
    for _ in range(8):
        last = chance.choice([version for version in (1, 2, 3) if version != last])
        platform.desire(digit={"stable": last})
        time.sleep(chance.uniform(0, 1.5))
        platform.kill("agent")
        assert platform.predict()[0] in (1, 2, 3)  # a server without its agent goes on
        platform.start("agent")
    platform.wait(lambda: platform.answers(last), "what is desired last")
    platform.wait(lambda: platform.on_disk() == {str(last)}, "nothing else is left")
    platform.wait(lambda: platform.metric("fvi_agent_convergence_lag_seconds", model="digit") == 0, "converged")


def test_losing_models_config_in_the_middle_of_a_roll_changes_nothing(platform: Any) -> None:
    platform.start()
    platform.wait(platform.is_ready, "ready")
    platform.desire(digit={"stable": 9})  # the store has no such version
    platform.wait(lambda: "no_such_version" in platform.log(), "told")
    platform.config.write_text("rubbish {")
    platform.wait(lambda: "stable" in platform.config.read_text(), "written again, from memory")
    platform.kill("agent")
    platform.config.unlink()
    platform.start("agent")
    platform.wait(platform.config.exists, "written again, from what the server serves")
    time.sleep(2.5)  # the server has read it, and would have unloaded what is not in it
    assert platform.predict() == (1, 1.0)
    assert platform.on_disk() == {"1"}


def test_folders_that_are_not_ours_are_never_touched(platform: Any) -> None:
    mine = [platform.folder / "models" / name for name in ("photos/2026", "digit/007", "digit/²")]
    for folder in mine:
        folder.mkdir(parents=True)
        (folder / "keepme").write_text("")
    platform.start()
    platform.wait(platform.is_ready, "ready")
    platform.desire(digit={"stable": 2})
    platform.wait(lambda: "1" not in platform.on_disk(), "the agent has tidied up")
    assert all((folder / "keepme").exists() for folder in mine)


def test_a_bad_canary_does_not_keep_the_server_from_starting_again(platform: Any) -> None:
    platform.desire(digit={"stable": 1, "canary": 2})
    platform.start()
    platform.wait(lambda: platform.answers(2, "canary"), "canary answers")
    platform.kill("server")
    (platform.folder / "models" / "digit" / "2" / "saved_model.pb").write_bytes(b"\xff")

    def is_back() -> bool:
        if "server" not in platform.processes or platform.processes["server"].poll() is not None:
            platform.start("server")  # as a kubelet would
        return platform.answers(1)

    platform.wait(is_back, "stable is back", watched=False)
    platform.wait(lambda: platform.answers(2, "canary"), "so is the canary, fetched again")


def test_a_version_that_somebody_deleted_comes_back(platform: Any) -> None:
    platform.start()
    platform.wait(platform.is_ready, "ready")
    shutil.rmtree(platform.folder / "models" / "digit" / "1")
    platform.wait(lambda: platform.on_disk() == {"1"}, "fetched again")
    platform.wait(lambda: platform.answers(1), "answers")


def test_readiness_does_not_flap(platform: Any) -> None:
    """Not while labels move, nor for a mistyped new model, nor for a server that is slow for a moment."""
    platform.desire(digit={"stable": 1, "keep": [2]})
    platform.start()
    platform.wait(platform.is_ready, "ready")
    seen, stop = [], threading.Event()

    def look() -> None:
        while not stop.wait(0.02):
            seen.append(platform.get("/readyz").status_code)

    watcher = threading.Thread(target=look)
    watcher.start()
    for version in (2, 1):
        platform.desire(digit={"stable": version, "keep": [1, 2]})
        platform.wait(lambda version=version: platform.answers(version), f"version {version}")
    platform.desire(digit={"stable": 1}, dgit={"stable": 1})
    platform.wait(lambda: "Cannot pull dgit version 1" in platform.log(), "told")
    platform.processes["server"].send_signal(signal.SIGSTOP)
    time.sleep(3)
    platform.processes["server"].send_signal(signal.SIGCONT)
    platform.wait(lambda: platform.answers(1), "answers")
    stop.set()
    watcher.join()
    assert set(seen) == {200}
    platform.kill("server")
    platform.wait(lambda: not platform.is_ready(), "not ready without a server")


def test_steps_that_fail_are_seen_and_told_once(platform: Any) -> None:
    platform.start()
    platform.wait(platform.is_ready, "ready")
    obstacle = platform.folder / ".models.config.unfinished"
    obstacle.mkdir()
    platform.desire(digit={"stable": 2})
    platform.wait(lambda: (platform.metric("fvi_agent_step_failures_total") or 0) > 3, "counted")
    assert platform.metric("fvi_agent_convergence_lag_seconds", model="digit") > 0
    assert platform.log().count("A step failed") == 1
    assert platform.is_ready()
    obstacle.rmdir()
    platform.wait(lambda: platform.answers(2), "it goes on")


def test_a_second_agent_on_the_same_folder_ends_with_a_sentence(platform: Any) -> None:
    platform.start("agent")
    platform.wait(platform.config.exists, "the first one works")
    second = subprocess.run(platform.command("agent"), capture_output=True, text=True, timeout=30)
    assert second.returncode == 1
    assert "another agent works on" in second.stderr


def test_a_store_that_is_none_is_told_at_once(platform: Any) -> None:
    platform.store_folder = "ftp://nowhere"
    platform.start("agent")
    assert platform.processes["agent"].wait(20) == 1
    assert platform.log().startswith("agent: ")
    assert platform.log().count("\n") == 1
