"""The agent's steps against a model of TensorFlow Serving's rules, through histories nobody thought of."""

from dataclasses import dataclass, field

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.desired import DesiredModel
from services.serving.agent.listing import Listed
from services.serving.agent.steps import Facts, is_converged, next_step

VERSIONS = st.integers(1, 5)
BROKEN = 5  # this version never loads
LINGER = 3


@dataclass
class ServingRules:
    """One model in TensorFlow Serving: labels before loads, and a failed load is not tried again."""

    aspired: frozenset[int] = frozenset()
    states: dict[int, str] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)

    def poll(self, config: Listed) -> None:
        for label, version in config.labels.items():
            may_wait = self.labels.get(label, version) == version  # the flag for unavailable versions is on
            if self.states.get(version) != "AVAILABLE" and not may_wait:
                return  # the whole config is refused
        self.labels = dict(config.labels)
        for version in config.versions - self.aspired:
            if self.states.get(version) != "AVAILABLE":
                self.states[version] = "START"
        self.aspired = config.versions

    def work(self) -> None:
        """One action of AvailabilityPreservingPolicy."""
        ready = {v for v, state in self.states.items() if state == "AVAILABLE"}
        if ready - self.aspired and (ready & self.aspired or not self.aspired):
            self.states[min(ready - self.aspired)] = "END"
        elif starting := {v for v, state in self.states.items() if state == "START" and v in self.aspired}:
            self.states[max(starting)] = "END with error" if max(starting) == BROKEN else "AVAILABLE"

    def answers(self, label: str) -> int | None:
        version = self.labels.get(label)
        return version if self.states.get(version or 0) == "AVAILABLE" else None


class Rollouts(RuleBasedStateMachine):
    """Time is counted in steps of the agent. The agent's memory may be lost at any of them."""

    @initialize(stable=st.integers(1, 4))
    def begin(self, stable: int) -> None:
        self.server, self.listed, self.present = ServingRules(), Listed(), set[int]()
        self.desired = DesiredModel(stable)
        self.unwanted_for: dict[int | str, int] = {}
        self.seen: Facts | None = None
        self.stable_has_answered = False

    @rule(stable=VERSIONS, canary=st.none() | VERSIONS, keep=st.lists(VERSIONS, max_size=2))
    def desire(self, stable: int, canary: int | None, keep: list[int]) -> None:
        self.desired = DesiredModel(stable, canary, keep=tuple(keep))

    @rule(version=VERSIONS)
    def a_pull_ends(self, version: int) -> None:
        if version in self.desired.versions:
            self.present.add(version)

    @rule()
    def the_agent_looks(self) -> None:
        """Between its look and its writing the server may do anything."""
        self.seen = self.facts()

    @rule()
    def the_agent_writes(self) -> None:
        if self.seen is not None:
            self.listed = next_step(self.desired, self.listed, self.seen)
        self.seen = None

    def the_agent_steps(self) -> None:
        self.the_agent_looks()
        self.the_agent_writes()

    @rule()
    def the_agent_dies(self) -> None:
        self.unwanted_for.clear()  # all that it keeps in memory; `listed` is a file
        self.seen = None

    @rule()
    def the_server_reads_its_config(self) -> None:
        self.server.poll(self.listed)

    @rule()
    def the_server_works(self) -> None:
        self.server.work()
        self.stable_has_answered |= self.server.answers("stable") is not None

    @rule()
    def the_server_restarts(self) -> None:
        self.server = ServingRules()
        self.stable_has_answered = False

    @invariant()
    def stable_goes_on_answering(self) -> None:
        if self.stable_has_answered:
            assert self.server.answers("stable") is not None

    @invariant()
    def labels_point_at_listed_versions(self) -> None:
        assert set(self.listed.labels.values()) <= self.listed.versions

    @invariant()
    def what_is_served_lies_on_disk(self) -> None:
        assert self.listed.versions <= self.present

    def teardown(self) -> None:
        """Left alone, everything that can be reached is reached."""
        broken = BROKEN in self.desired.versions
        if self.desired.stable == BROKEN:
            return
        self.present |= self.desired.versions
        for _ in range(40):
            self.the_agent_steps()
            self.the_server_reads_its_config()
            self.the_server_works()
            self.stable_goes_on_answering()
        assert self.server.answers("stable") == self.desired.stable
        if not broken:
            available = {v for v, state in self.server.states.items() if state == "AVAILABLE"}
            assert is_converged(self.desired, self.listed, available)
            assert self.server.labels == self.desired.labels
            assert available == self.desired.versions

    def facts(self) -> Facts:
        things = self.listed.versions | self.listed.labels.keys()
        wanted = self.desired.versions | self.desired.labels.keys()
        self.unwanted_for = {thing: self.unwanted_for.get(thing, 0) + 1 for thing in things - wanted}
        leaving = {thing for thing, steps in self.unwanted_for.items() if steps < LINGER}
        failed = {
            v for v, state in self.server.states.items() if state == "END with error" and v in self.server.aspired
        }
        return Facts(
            present=self.present,
            available={v for v, state in self.server.states.items() if state == "AVAILABLE"},
            failed=failed,
            leaving_versions={thing for thing in leaving if isinstance(thing, int)},
            leaving_labels={thing for thing in leaving if isinstance(thing, str)},
            answering={label: version for label in self.server.labels if (version := self.server.answers(label))},
        )


TestRollouts = Rollouts.TestCase
TestRollouts.settings = settings(max_examples=500, stateful_step_count=50)


def facts(present: set[int], available: set[int] = frozenset(), failed: set[int] = frozenset()) -> Facts:
    return Facts(present, available, failed, set(), set())


def test_a_label_waits_for_its_version() -> None:
    was = Listed(frozenset({1}), {"stable": 1})
    loading = next_step(DesiredModel(2), was, facts({1, 2}, {1}))
    assert loading == Listed(frozenset({1, 2}), {"stable": 1})
    assert next_step(DesiredModel(2), loading, facts({1, 2}, {1, 2})).labels == {"stable": 2}


def test_a_fresh_server_gets_the_stable_version_first() -> None:
    assert next_step(DesiredModel(1, canary=2), Listed(), facts({1, 2})) == Listed(frozenset({1}), {"stable": 1})


def test_a_version_that_is_not_here_is_not_listed() -> None:
    assert next_step(DesiredModel(1), Listed(), facts(set())) == Listed()


def test_a_version_that_failed_is_taken_off_and_stable_stays_where_it_was() -> None:
    was = Listed(frozenset({1, 2}), {"stable": 1})
    assert next_step(DesiredModel(2), was, facts({1, 2}, {1}, failed={2})) == Listed(frozenset({1}), {"stable": 1})


def test_rolling_back_to_a_version_that_is_kept_moves_a_label_and_nothing_else() -> None:
    was = Listed(frozenset({1, 2}), {"stable": 2})
    back = next_step(DesiredModel(1, keep=(2,)), was, facts({1, 2}, {1, 2}))
    assert back == Listed(frozenset({1, 2}), {"stable": 1})


def test_a_model_that_is_not_desired_any_more_is_dropped() -> None:
    assert next_step(None, Listed(frozenset({1}), {"stable": 1}), facts({1}, {1})) == Listed()


def test_while_the_server_is_away_nothing_is_dropped() -> None:
    was = Listed(frozenset({1, 2}), {"stable": 1})
    assert next_step(DesiredModel(1, keep=(2,)), was, facts({1, 2})) == was


def test_what_is_not_desired_any_more_stays_while_clients_may_use_it() -> None:
    was = Listed(frozenset({1, 2}), {"stable": 1, "canary": 2})
    lingering = Facts({1, 2}, {1, 2}, set(), leaving_versions={2}, leaving_labels={"canary"})
    assert next_step(DesiredModel(1), was, lingering) == was
    without_label = Facts({1, 2}, {1, 2}, set(), leaving_versions={2}, leaving_labels=set())
    assert next_step(DesiredModel(1), was, without_label) == Listed(frozenset({1, 2}), {"stable": 1})


def test_a_first_version_that_failed_is_let_go_so_that_it_can_be_tried_again() -> None:
    was = Listed(frozenset({1}), {"stable": 1})
    assert next_step(DesiredModel(1), was, facts({1}, failed={1})) == Listed()
    assert next_step(DesiredModel(1), Listed(), facts({1})) == was


def test_for_a_server_that_does_not_come_back_only_stable_is_listed() -> None:
    was = Listed(frozenset({1, 2}), {"stable": 1, "canary": 2})
    gone = Facts({1, 2}, set(), set(), set(), set(), server_is_gone=True)
    assert next_step(DesiredModel(1, canary=2), was, gone) == Listed(frozenset({1}), {"stable": 1})
    assert next_step(DesiredModel(1), Listed(), gone) == Listed(frozenset({1}), {"stable": 1})


def test_a_label_moves_only_to_what_is_listed_already() -> None:
    """Version 2 may be AVAILABLE because the server has not yet got round to unloading it."""
    was = Listed(frozenset({1}), {"stable": 1})
    assert next_step(DesiredModel(2), was, facts({1, 2}, {1, 2})) == Listed(frozenset({1, 2}), {"stable": 1})


def test_a_config_that_the_server_refuses_is_taken_back() -> None:
    """Seen in a run: the label had moved to a version that was being unloaded, and no config was taken since."""
    server = ServingRules(frozenset({1}), {1: "AVAILABLE", 2: "END"}, {"stable": 1})
    listed = Listed(frozenset({2}), {"stable": 2})
    for _ in range(6):
        available = {version for version, state in server.states.items() if state == "AVAILABLE"}
        seen = Facts({1, 2}, available, set(), set(), set(), answering={"stable": server.answers("stable")})
        listed = next_step(DesiredModel(2), listed, seen)
        server.poll(listed)
        server.work()
        assert server.answers("stable") is not None
    assert server.answers("stable") == 2
    assert server.states[1] == "END"
