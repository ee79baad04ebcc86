"""Every step of a rollout, on a world that a test makes up."""

import math
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.desired import DesiredModel, parse_desired_state, to_text
from services.rollout import state as states
from services.rollout import steps
from services.rollout.evidence import Pairs, log_evidence_of_failures
from services.rollout.observed import Counts, Fleet, Golden, Observed
from services.rollout.policy import RolloutPolicy
from services.rollout.state import Phase, Rollout, RolloutState
from services.rollout.steps import CannotDo, Person, desired_by, step

ANN = Person("ann", "because")
BEFORE = DesiredModel(1, keep=(7,))
EQUAL = Pairs(same=5000)
WORSE = Pairs(same=900, worse=100)
POLICY = RolloutPolicy(step_seconds=60, step_cards=10, linger_seconds=100)


def all_pairs(pairs: Pairs = EQUAL, **others: Pairs) -> dict[str, Pairs]:
    gates = {"errors": Pairs(same=pairs.total), "latency": Pairs(worse=5, better=95)}
    return {**dict.fromkeys(POLICY.measures, pairs), **gates, **others}


@dataclass
class Trial:
    """A rollout, the desired state, and the controller's looks at both, 30 s apart."""

    rollout: Rollout = field(default_factory=lambda: steps.start("reader", BEFORE, 2, POLICY, 0.0))
    desired: DesiredModel | None = BEFORE
    now: float = 0.0
    fleet: Fleet | None = field(default_factory=lambda: Fleet(3, 3))
    counts: Counts | None = field(default_factory=lambda: Counts(all_pairs(), cards=50))
    golden: Golden | None = field(default_factory=lambda: Golden(Pairs(same=500)))
    against: str | None = ""

    def look(self) -> Phase:
        self.now += 30
        seen = Observed(self.now, self.fleet, self.counts, self.golden, self.against)
        self.rollout = step(self.rollout, self.desired, seen)
        if not self.rollout.is_settled:
            self.desired = desired_by(self.rollout)
        return self.rollout.phase

    def until(self, phase: Phase, looks: int = 100) -> "Trial":
        for _ in range(looks):
            if self.look() is phase:
                return self
        raise AssertionError(f"{phase} was not reached: {self.rollout}")


def test_a_canary_that_is_no_worse_goes_all_the_way() -> None:
    trial, seen = Trial(), []
    while not trial.rollout.is_settled:
        trial.look()
        if trial.desired not in seen:
            seen.append(trial.desired)

    assert trial.rollout.phase is Phase.PROMOTED
    shadow = POLICY.shadow
    assert seen == [
        DesiredModel(1, 2, keep=(7,)),
        DesiredModel(1, 2, 0, shadow, (7,)),
        DesiredModel(1, 2, 5, shadow, (7,)),
        DesiredModel(1, 2, 25, shadow, (7,)),
        DesiredModel(1, 2, 50, shadow, (7,)),
        DesiredModel(2, keep=(7, 1)),
        DesiredModel(2, keep=(7,)),
    ]


def test_no_phase_is_left_before_all_model_servers_have_what_it_wants() -> None:
    for phase in (Phase.CHECK, Phase.LOAD, Phase.SHADOW, Phase.SHARE, Phase.LINGER):
        trial = Trial().until(phase) if phase is not Phase.CHECK else Trial()
        before = trial.rollout.step
        for fleet in (Fleet(3, 2), None):
            trial.fleet = fleet
            for _ in range(10):
                assert (trial.look(), trial.rollout.step) == (phase, before)


@pytest.mark.parametrize("phase", [Phase.SHADOW, Phase.SHARE])
def test_without_prometheus_nothing_is_promoted(phase: Phase) -> None:
    trial = Trial().until(phase)
    trial.counts = None

    for _ in range(100):
        trial.look()

    assert trial.rollout.phase is phase
    assert "Prometheus" in trial.rollout.progress.waiting_for


def test_a_phase_that_takes_too_long_goes_back() -> None:
    trial = Trial().until(Phase.SHADOW)
    trial.counts = None
    trial.now += POLICY.limit_seconds

    assert trial.look() is Phase.ROLLED_BACK
    assert trial.rollout.reason.startswith("undecided")
    assert trial.desired == BEFORE


def test_a_canary_that_does_not_come_up_goes_back() -> None:
    trial = Trial().until(Phase.LOAD)
    trial.fleet = Fleet(3, 2)
    trial.until(Phase.ROLLED_BACK)
    assert trial.rollout.reason == "not ready after 900 s: the model servers: 2 of 3 serve what is desired"


def test_a_canary_that_cannot_be_loaded_goes_back_at_once() -> None:
    trial = Trial().until(Phase.LOAD)
    trial.fleet = Fleet(3, 2, "no such op")
    trial.look()
    assert trial.rollout.phase is Phase.ROLLED_BACK
    assert "no such op" in trial.rollout.reason


def test_a_canary_that_the_store_speaks_against_is_never_loaded() -> None:
    trial = Trial(against="another alphabet: 2f2a, and the API reads 31b0")
    assert trial.look() is Phase.ROLLED_BACK
    assert trial.rollout.reason.startswith("another alphabet")
    assert trial.desired == BEFORE
    trial.look()
    assert trial.rollout.is_settled


def test_nothing_is_loaded_before_the_store_has_spoken_nor_waited_for_without_end() -> None:
    trial = Trial(against=None)
    trial.now += POLICY.load_seconds - 31
    assert trial.look() is Phase.CHECK
    assert trial.rollout.progress.waiting_for.startswith("the model store")
    assert trial.look() is Phase.ROLLED_BACK
    assert trial.desired == BEFORE


def test_whoever_changes_the_desired_state_before_anything_is_loaded_has_not_taken_a_canary_away() -> None:
    trial = Trial(against=None)
    trial.look()
    trial.desired = DesiredModel(1)
    assert trial.look() is Phase.OVERTAKEN


@pytest.mark.parametrize("golden", [Golden(Pairs(400, 100, 0)), Golden(problem="another alphabet")])
def test_a_canary_that_fails_the_golden_set_never_sees_a_card(golden: Golden) -> None:
    trial = Trial(golden=golden)
    trial.until(Phase.ROLLED_BACK)
    assert trial.desired == BEFORE
    assert trial.rollout.pairs_since == 0.0


@pytest.mark.parametrize("phase", [Phase.SHADOW, Phase.SHARE])
@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (Counts(all_pairs(numbers=WORSE), 50), "worse by numbers"),
        (Counts(all_pairs(errors=Pairs(same=100, worse=30)), 50), "failed"),
        (Counts(all_pairs(latency=Pairs(worse=90, better=10)), 50), "slower"),
    ],
)
def test_a_worse_canary_goes_back(phase: Phase, counts: Counts, reason: str) -> None:
    trial = Trial().until(phase)
    trial.counts = counts

    assert trial.look() is Phase.ROLLED_BACK
    assert reason in trial.rollout.reason
    assert trial.desired == BEFORE


def test_a_canary_whose_cards_fail_for_users_goes_back() -> None:
    trial = Trial().until(Phase.SHARE)
    trial.counts = Counts(all_pairs(), cards=50, canary_failures=1, stable_failures=20)
    assert trial.look() is Phase.SHARE

    trial.counts = Counts(all_pairs(), cards=50, canary_failures=8, stable_failures=1)

    assert trial.look() is Phase.ROLLED_BACK
    assert trial.rollout.reason == "8 cards of the canary's 5 % failed, and 1 of all others"


def test_alarms_go_off_while_paused_and_while_time_stands_still_for_it() -> None:
    trial = Trial().until(Phase.SHARE)
    trial.rollout = steps.paused(trial.rollout)
    trial.now += 10 * POLICY.limit_seconds
    assert trial.look() is Phase.SHARE

    trial.counts = Counts(all_pairs(numbers=WORSE), 50)

    assert trial.look() is Phase.ROLLED_BACK


def test_paused_it_takes_no_step_until_it_is_resumed() -> None:
    trial = Trial().until(Phase.SHARE)
    trial.rollout = steps.paused(trial.rollout)
    for _ in range(20):
        assert (trial.look(), trial.rollout.step) == (Phase.SHARE, 0)
    trial.rollout = steps.resumed(trial.rollout, trial.now)
    trial.until(Phase.PROMOTED)


def test_more_pairs_than_the_most_are_no_reason_to_go_back_once_it_is_shared() -> None:
    many = replace(POLICY, verdict=replace(POLICY.verdict, most_pairs=1000))
    trial = Trial(rollout=steps.start("reader", BEFORE, 2, many, 0.0)).until(Phase.SHARE)
    trial.counts = Counts(all_pairs(Pairs(same=2000, worse=60, better=50)), 50)

    assert trial.look() is Phase.SHARE


def test_a_share_lasts_for_its_time_and_its_cards() -> None:
    trial = Trial().until(Phase.SHARE)
    trial.counts = Counts(all_pairs(), cards=9)
    trial.now += 10 * POLICY.step_seconds
    trial.look()
    assert trial.rollout.progress.waiting_for == "cards: 9 of 10 in this step"
    trial.counts = Counts(all_pairs(), cards=10)
    trial.look()
    assert trial.rollout.step == 1
    trial.now -= 20
    trial.look()
    assert trial.rollout.step == 1
    assert trial.rollout.progress.waiting_for.startswith("time")


def test_without_shares_the_shadow_alone_decides() -> None:
    alone = replace(POLICY, shares=())
    trial = Trial(rollout=steps.start("reader", BEFORE, 2, alone, 0.0)).until(Phase.LINGER)
    assert trial.desired == DesiredModel(2, keep=(7, 1))


@pytest.mark.parametrize("phase", [phase for phase in Phase if not phase.is_end])
def test_a_person_can_abort_in_every_phase(phase: Phase) -> None:
    trial = Trial()
    if phase is not Phase.CHECK:
        trial.until(phase)

    trial.rollout = steps.aborted(trial.rollout, trial.desired, ANN, trial.now)
    trial.look()
    trial.look()

    assert (trial.rollout.phase, trial.rollout.reason, trial.rollout.is_settled) == (Phase.ABORTED, "because", True)
    assert trial.desired == BEFORE


def test_a_person_can_promote_what_serves_everywhere() -> None:
    with pytest.raises(CannotDo, match="does not serve everywhere"):
        steps.promoted(Trial().rollout, BEFORE, ANN, 1.0)
    trial = Trial().until(Phase.SHADOW)

    trial.rollout = steps.promoted(trial.rollout, trial.desired, ANN, trial.now)

    trial.until(Phase.PROMOTED)
    with pytest.raises(CannotDo, match="has ended"):
        steps.promoted(trial.rollout, trial.desired, ANN, 1.0)


@pytest.mark.parametrize(
    ("written", "phase"),
    [
        (DesiredModel(1), Phase.ABORTED),
        (DesiredModel(3), Phase.OVERTAKEN),
        (DesiredModel(1, 2, traffic=99), Phase.OVERTAKEN),
        (None, Phase.OVERTAKEN),
    ],
)
def test_what_others_desire_is_left_to_them(written: DesiredModel | None, phase: Phase) -> None:
    trial = Trial().until(Phase.SHARE)
    trial.look()
    trial.desired = written

    trial.until(phase)
    trial.until(phase)

    assert trial.desired == written


def test_a_person_who_goes_back_a_phase_by_hand_is_not_overruled() -> None:
    trial = Trial().until(Phase.SHARE)
    before = trial.rollout.written
    trial.look()  # has seen what the phase wants

    trial.desired = before

    assert trial.look() is Phase.OVERTAKEN
    assert trial.desired == before


@pytest.mark.parametrize("phase", [Phase.ABORTED, Phase.ROLLED_BACK])
def test_going_back_undoes_the_step_that_was_written_at_the_same_moment(phase: Phase) -> None:
    trial = Trial().until(Phase.SHARE)
    first = desired_by(trial.rollout)
    end = replace(trial.rollout, phase=phase, written=first)
    for late in (replace(first, traffic=25.0), desired_by(replace(end, phase=Phase.LINGER))):
        trial.rollout, trial.desired = end, late
        trial.look()
        assert (trial.rollout.is_settled, trial.desired) == (False, BEFORE)
        trial.look()
        assert (trial.rollout.is_settled, trial.rollout.phase) == (True, phase)


def test_nobody_promotes_between_the_controllers_two_writes() -> None:
    trial = Trial().until(Phase.SHARE)
    with pytest.raises(CannotDo, match="between two phases"):
        steps.promoted(trial.rollout, trial.rollout.written, ANN, 1.0)


def test_a_failure_of_a_former_rollout_is_not_believed_until_the_new_one_reached_the_model_servers() -> None:
    rollout = replace(steps.start("reader", BEFORE, 2, POLICY, 0.0), phase=Phase.LOAD)
    old = Observed(100.0, Fleet(3, 0, "no such op"), reach_seconds=120.0)
    assert step(rollout, desired_by(rollout), old).phase is Phase.LOAD
    assert step(rollout, desired_by(rollout), replace(old, now=121.0)).phase is Phase.ROLLED_BACK


def test_a_share_is_what_the_desired_state_can_say_of_it() -> None:
    policy = RolloutPolicy.of({"shares": [100 / 3, 200 / 3], "shadow": 100 / 7})
    trial = Trial(rollout=steps.start("reader", BEFORE, 2, policy, 0.0)).until(Phase.SHARE)
    assert trial.desired is not None
    assert parse_desired_state(to_text({"reader": trial.desired}))["reader"] == trial.desired


@pytest.mark.parametrize(
    ("desired", "version", "why"), [(BEFORE, 1, "stable already"), (DesiredModel(1, 3), 2, "has a canary already")]
)
def test_what_cannot_be_started_is_told(desired: DesiredModel, version: int, why: str) -> None:
    with pytest.raises(CannotDo, match=why):
        steps.start("reader", desired, version, POLICY, 0.0)


def test_starting_a_version_that_is_kept_gives_it_back_when_it_is_aborted() -> None:
    rollout = steps.start("reader", DesiredModel(1, keep=(2, 7)), 2, POLICY, 0.0)
    assert desired_by(replace(rollout, phase=Phase.LOAD)).keep == (7,)
    assert desired_by(replace(rollout, phase=Phase.ABORTED)).keep == (2, 7)
    assert desired_by(replace(rollout, phase=Phase.LINGER)).keep == (7, 1)


def test_a_look_that_sees_nothing_new_changes_nothing() -> None:
    trial = Trial(fleet=Fleet(3, 2))
    trial.look()
    trial.look()
    once = trial.rollout
    assert step(once, trial.desired, Observed(trial.now, trial.fleet)) == once


SEEN = st.builds(
    Observed,
    now=st.just(0.0),
    fleet=st.sampled_from([None, Fleet(0, 0), Fleet(2, 1), Fleet(2, 2), Fleet(2, 2), Fleet(2, 1, "broken")]),
    counts=st.sampled_from(
        [None, Counts(), Counts(all_pairs(), 50), Counts(all_pairs(), 50), Counts(all_pairs(WORSE), 50)]
    ),
    golden=st.sampled_from([None, Golden(Pairs(same=500)), Golden(Pairs(same=500)), Golden(Pairs(400, 100, 0))]),
    against=st.sampled_from([None, "", "", "", "another alphabet"]),
)


@settings(max_examples=100)
@given(st.lists(st.tuples(SEEN, st.sampled_from(["", "", "", "dies", "written by hand"])), max_size=40))
def test_whatever_is_seen_and_wherever_it_dies_stable_stays_until_all_spoke_for_the_canary(looks) -> None:
    """`dies`: after the state is written and before the desired state is."""
    rollout, desired, spoken_for = steps.start("reader", BEFORE, 2, POLICY, 0.0), BEFORE, False
    by_hand = DesiredModel(1, 9)
    for number, (seen, fate) in enumerate(looks):
        seen = replace(seen, now=40.0 * number)
        before = rollout
        rollout = step(rollout, desired, seen)
        document = states.to_text(RolloutState().having(rollout))
        rollout = states.parse(document).rollouts["reader"]  # all that a new controller knows
        if fate == "written by hand":
            desired = by_hand
        elif fate != "dies" and not rollout.is_settled:
            desired = desired_by(rollout)
        moved = (before.phase, rollout.phase)
        if moved in {(Phase.SHARE, Phase.LINGER), (Phase.SHADOW, Phase.SHARE), (Phase.GOLDEN, Phase.SHADOW)}:
            assert seen.fleet is not None
            assert seen.fleet.is_ready
            spoken_for = seen.counts is not None
        if moved == (Phase.CHECK, Phase.LOAD):
            assert seen.against == ""
        if rollout.phase is Phase.CHECK and desired != by_hand:
            assert 2 not in desired.versions
        if desired.stable == 2:
            assert spoken_for
        if desired == by_hand:
            assert step(rollout, desired, seen).phase.is_end or rollout.is_settled
        assert set(desired.versions) >= {1} or rollout.phase is Phase.PROMOTED


def test_what_is_written_of_a_rollout_is_read_back() -> None:
    trial = Trial().until(Phase.SHARE)
    event = states.Event(1.5, "reader", "ann", "start", 'Đúng: "so"')
    state = RolloutState().having(trial.rollout, event)

    assert states.parse(states.to_text(state)) == state
    assert states.parse("") == RolloutState()


@pytest.mark.parametrize("text", ["[", "rollouts: 3", "rollouts: {reader: {}}", "history: [{}]", "- a"])
def test_a_document_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(states.BadRolloutState):
        states.parse(text)


def test_the_history_is_bounded() -> None:
    state = RolloutState()
    for number in range(300):
        state = state.having(Trial().rollout, states.Event(float(number), "reader", "ann", "start", ""))
    assert [event.at for event in state.history] == [float(number) for number in range(100, 300)]


@given(
    st.builds(
        DesiredModel,
        st.integers(1, 99),
        st.none() | st.integers(1, 99),
        st.integers(0, 100_000_000).map(lambda millionths: millionths / 1_000_000),
        st.just(0.0),
        st.lists(st.integers(1, 99), max_size=3).map(tuple),
    )
)
def test_a_desired_state_that_we_write_is_read_back(model: DesiredModel) -> None:
    model = model if model.canary is not None else replace(model, traffic=0.0)
    assert parse_desired_state(to_text({"reader": model, "cropper": DesiredModel(1)})) == {
        "reader": model,
        "cropper": DesiredModel(1),
    }


def test_failures_are_evidence_only_beyond_the_canarys_share() -> None:
    assert log_evidence_of_failures(5, 95, 0.05) < 0
    assert log_evidence_of_failures(8, 1, 0.05) > math.log(4000)
    with pytest.raises(ValueError, match="between 0 and 1"):
        log_evidence_of_failures(1, 1, 0.0)
