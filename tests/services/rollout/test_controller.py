"""The loop on real files, with a fleet and a Prometheus that a test makes up."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from models.charset import MAX_LENGTH
from models.spec import ModelSpec, Tensors
from services.api.errors import ServingError, ServingTimeout
from services.api.predictor import Answer
from services.cli import CommandError
from services.desired import DesiredModel, read_desired_state
from services.rollout import steps
from services.rollout.cli import main as command
from services.rollout.controller import Controller, World
from services.rollout.evidence import Pairs
from services.rollout.golden import BadGoldenSet, GoldenSet, compare, read_golden_set
from services.rollout.home import FileHome, read_both
from services.rollout.metrics import Metrics
from services.rollout.observed import Counts, Fleet, Golden
from services.rollout.policy import RolloutPolicy
from services.rollout.prometheus import PrometheusAway
from services.rollout.state import Phase, to_text
from services.rollout.versions import StoreAway

TRUTH = ("NGUYỄN", "THỬ", "Nam", "12")


@dataclass
class Readers:
    """A Predictor of two versions; what the canary reads and says, a test may change."""

    canary: tuple[str, ...] = TRUTH
    version: int = 2
    fail: ServingError | None = None

    def call(self, _spec: ModelSpec, inputs: Tensors, label: str, _timeout: float) -> Answer:
        if label == "canary" and self.fail:
            raise self.fail
        texts = (self.canary if label == "canary" else TRUTH) * (len(inputs["image"]) // len(TRUTH))
        outputs = {
            "text": np.array([text.encode() for text in texts], object),
            "confidence": np.ones(len(texts), np.float32),
            "char_confidence": np.ones((len(texts), MAX_LENGTH), np.float32),
        }
        return Answer(outputs, self.version if label == "canary" else 1)


@dataclass
class FakeFleet:
    replicas: int = 2

    def look(self, _model: str, _desired: DesiredModel) -> Fleet:
        return Fleet(self.replicas, self.replicas)


@dataclass
class FakeCounters:
    away: bool = False

    def read(self, _rollout, _now: float) -> Counts:
        if self.away:
            raise PrometheusAway("Prometheus does not answer: refused")
        same = Pairs(same=5000)
        return Counts(dict.fromkeys(RolloutPolicy().measures, same) | {"errors": same}, cards=1000)


GOLDEN = GoldenSet(np.zeros((64, 32, 128, 3), np.uint8), TRUTH * 16)


@dataclass
class FakeVersions:
    """A model store; what it says against the canary, None while it is away."""

    says: str | None = ""

    def against(self, _version: int) -> str:
        if self.says is None:
            raise StoreAway("The model store cannot be asked: refused")
        return self.says

    def golden_set(self) -> GoldenSet | None:
        self.against(2)
        return GOLDEN


@dataclass
class Laptop:
    """Files, a controller that a test steps, and the command on the same files."""

    path: Path
    readers: Readers = field(default_factory=Readers)
    counters: FakeCounters = field(default_factory=FakeCounters)
    versions: FakeVersions = field(default_factory=FakeVersions)
    metrics: Metrics = field(default_factory=Metrics)
    now: float = 1_000_000_000.0

    def __post_init__(self) -> None:
        self.home = FileHome(self.path)
        self.restart()

    def restart(self) -> None:
        world = World(FakeFleet(), self.counters, self.readers, self.versions)
        self.controller = Controller(self.home, world, self.metrics, lambda: self.now)

    def tick(self, times: int = 1) -> Phase:
        for _ in range(times):
            self.now += 400
            self.controller.tick()
        return read_both(self.home).state.rollouts["reader"].phase

    def begin(self, **policy: object) -> None:
        was = read_both(self.home)
        rollout = steps.start("reader", was.desired["reader"], 2, RolloutPolicy.of(policy), self.now)
        self.home.write_state(to_text(was.state.having(rollout)), was.state_written)

    def say(self, *words: str) -> int:
        return command(["--desired", str(self.path), *words])

    def desired(self) -> DesiredModel:
        return read_desired_state(self.path)["reader"]


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    path = tmp_path / "models.yaml"
    path.write_text("models: {reader: {stable: 1}, cropper: {stable: 3}}\n")
    return Laptop(path)


def test_a_rollout_goes_all_the_way_with_a_new_controller_at_every_look(laptop: Laptop) -> None:
    laptop.begin()
    phases = []
    while not phases or phases[-1] != Phase.PROMOTED:
        laptop.restart()
        phase = laptop.tick()
        phases += [phase] if phase not in phases else []

    assert phases == [Phase.LOAD, Phase.GOLDEN, Phase.SHADOW, Phase.SHARE, Phase.LINGER, Phase.PROMOTED]
    laptop.tick()
    assert laptop.desired() == DesiredModel(2)
    events = [event.what for event in read_both(laptop.home).state.history]
    assert events == ["load", "golden", "shadow", "share 5 %", "share 25 %", "share 50 %", "linger", "promoted"]
    value = laptop.metrics.registry.get_sample_value
    assert value("fvi_rollout_phase", {"model": "reader", "phase": "promoted"}) == 1
    assert value("fvi_rollout_evidence", {"model": "reader", "measure": "dates", "of": "no_harm"}) > 1


def test_without_prometheus_it_waits_and_says_so(laptop: Laptop) -> None:
    laptop.begin()
    while laptop.tick() is not Phase.SHADOW:
        pass
    laptop.counters.away = True

    assert laptop.tick(20) is Phase.SHADOW
    assert laptop.metrics.registry.get_sample_value("fvi_rollout_prometheus_ok") == 0
    laptop.counters.away = False
    assert laptop.tick() is Phase.SHARE
    assert laptop.metrics.registry.get_sample_value("fvi_rollout_prometheus_ok") == 1


@pytest.mark.parametrize("phase", [Phase.CHECK, Phase.GOLDEN])
def test_without_the_store_it_waits_and_says_so(laptop: Laptop, phase: Phase) -> None:
    laptop.begin(load_seconds=10_000)
    while phase is not Phase.CHECK and laptop.tick() is not phase:
        pass
    laptop.versions.says = None

    assert laptop.tick(10) is phase
    assert laptop.metrics.registry.get_sample_value("fvi_rollout_store_ok") == 0
    laptop.versions.says = ""
    assert laptop.tick(3) is not phase
    assert laptop.metrics.registry.get_sample_value("fvi_rollout_store_ok") == 1


def test_a_version_that_the_store_speaks_against_is_never_desired(laptop: Laptop) -> None:
    laptop.versions.says = "another alphabet: 2f2a, and the API reads 31b0"
    laptop.begin()
    assert laptop.tick(2) is Phase.ROLLED_BACK
    assert laptop.desired() == DesiredModel(1)
    assert read_both(laptop.home).state.rollouts["reader"].reason.startswith("another alphabet")


def test_a_damaged_document_stops_everything_until_it_is_whole(laptop: Laptop, caplog) -> None:
    laptop.begin()
    laptop.tick()
    whole = laptop.path.read_text()
    laptop.path.write_text("models: [")

    for _ in range(3):
        laptop.controller.tick()

    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1
    assert laptop.path.read_text() == "models: ["
    assert laptop.metrics.registry.get_sample_value("fvi_rollout_documents_ok") == 0
    laptop.path.write_text(whole)
    assert laptop.tick() is Phase.GOLDEN


def test_a_canary_that_misreads_known_words_is_rolled_back(laptop: Laptop) -> None:
    laptop.readers.canary = ("NGUYỄN", "THỨ", "Nam", "12")
    laptop.begin()
    assert laptop.tick(4) is Phase.ROLLED_BACK
    assert "misread 16" in read_both(laptop.home).state.rollouts["reader"].reason


def test_both_versions_are_compared_on_the_golden_set() -> None:
    assert compare(GOLDEN, Readers(), 2) == Golden(Pairs(same=64))
    assert compare(GOLDEN, Readers(canary=("NGUYỄN", "THỨ", "Nam", "12")), 2) == Golden(Pairs(48, 16, 0))


def test_another_alphabet_or_signature_is_a_problem_of_its_own() -> None:
    assert "alphabet" in compare(GOLDEN, Readers(canary=("NGUYỄN", "Ω", "Nam", "12")), 2).problem
    broken = ServingError(model="reader", contract="text is float32, not string")
    assert compare(GOLDEN, Readers(fail=broken), 2).problem == "another signature: text is float32, not string"


@pytest.mark.parametrize("readers", [Readers(fail=ServingTimeout()), Readers(version=3)])
def test_without_an_answer_of_the_canary_nothing_is_said(readers: Readers) -> None:
    assert compare(GOLDEN, readers, 2) is None


def test_a_golden_set_is_read_and_anything_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "golden.npz"
    np.savez_compressed(path, images=GOLDEN.images, texts=np.array(GOLDEN.texts))
    assert read_golden_set(path).texts == GOLDEN.texts
    np.savez_compressed(path, images=GOLDEN.images[:, :16], texts=np.array(GOLDEN.texts))
    with pytest.raises(BadGoldenSet, match="other pictures"):
        read_golden_set(path)
    for content in (b"", b"PK\3\4", b"nonsense"):
        path.write_bytes(content)
        with pytest.raises(BadGoldenSet):
            read_golden_set(path)
    with pytest.raises(BadGoldenSet):
        read_golden_set(tmp_path / "nowhere.npz")


# === The command ===


def test_people_start_pause_resume_and_abort(laptop: Laptop, capsys) -> None:
    assert laptop.say("start", "reader", "--version", "2", "--who", "ann", "--why", "new letters") == 0
    assert laptop.desired() == DesiredModel(1)  # the store is asked before
    laptop.now = read_both(laptop.home).state.rollouts["reader"].since
    assert laptop.tick() is Phase.LOAD
    assert laptop.desired() == DesiredModel(1, 2)
    laptop.say("pause", "reader", "--who", "bob")
    assert laptop.tick(2) is Phase.LOAD
    laptop.say("status")
    assert "reader 1 -> 2: load" in (told := capsys.readouterr().out)
    assert "paused" in told
    laptop.say("resume", "reader")
    laptop.now = read_both(laptop.home).state.rollouts["reader"].since
    assert laptop.tick() is Phase.GOLDEN
    laptop.say("abort", "reader", "--why", "enough")
    assert laptop.desired() == DesiredModel(1)
    laptop.say("history", "reader")
    told = capsys.readouterr().out
    for word in ("ann", "new letters", "bob", "pause", "controller", "golden", "enough"):
        assert word in told


def test_a_person_promotes_without_a_controller(laptop: Laptop) -> None:
    laptop.begin()
    laptop.tick(3)
    laptop.say("promote", "reader")
    assert laptop.desired() == DesiredModel(2, keep=(1,))


def test_a_plan_changes_nothing(laptop: Laptop, capsys, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("{shares: [10], least_pairs: 500}")
    assert laptop.say("start", "reader", "--version", "2", "--plan", "--policy", str(policy)) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "at least 500" in told
    assert "answers 10 %" in told
    assert laptop.desired() == DesiredModel(1)
    assert not laptop.path.with_name("rollout.yaml").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("abort", "reader"), "has no rollout"),
        (("start", "reader", "--version", "1"), "stable already"),
        (("start", "nobody", "--version", "1"), "has no nobody"),
        (("start", "cropper", "--version", "4"), "only the reader"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(laptop: Laptop, words, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        laptop.say(*words)


@pytest.mark.parametrize(
    "policy", ["{margin: 2}", "{shares: [50, 5]}", "{measures: [names]}", "{speed: 3}", "[]", "{", "{shadow: 0}"]
)
def test_a_policy_that_cannot_be_meant_is_refused(laptop: Laptop, policy: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(policy)
    with pytest.raises(CommandError):
        laptop.say("start", "reader", "--version", "2", "--policy", str(file))
    assert laptop.desired() == DesiredModel(1)


def test_two_rollouts_of_a_model_at_once_are_refused_and_one_after_the_other_is_not(laptop: Laptop) -> None:
    laptop.say("start", "reader", "--version", "2")
    with pytest.raises(CommandError, match="is being rolled out already"):
        laptop.say("start", "reader", "--version", "3")
    laptop.now = read_both(laptop.home).state.rollouts["reader"].since
    laptop.tick()
    with pytest.raises(CommandError, match="has a canary already"):
        laptop.say("start", "reader", "--version", "3")
    laptop.say("abort", "reader")
    laptop.tick()
    laptop.say("start", "reader", "--version", "3")
    assert read_both(laptop.home).state.rollouts["reader"].canary == 3
