"""What the readers' processes answer becomes readings of the fields that each card has."""

from benchmarks.league_cards import Case
from benchmarks.league_run import from_lines, our_run, parsed
from benchmarks.league_scores import Reading

CASE = Case(
    seed=0,
    fields={"date_of_birth": "01/02/1985", "place_of_origin": "Xã Mẫu, Hà Nội"},
    line_fields=("date_of_birth", "place_of_origin", "place_of_origin"),
)


def test_lines_of_a_field_are_joined_and_tidied_up_for_peers_alone():
    read = [["sinh 01 / 02/1985", "Xã Mẫu ,", "Hà Nội_"]]
    (peer,), (ours,) = (from_lines([CASE], read, tidy=tidy) for tidy in (True, False))
    assert peer["date_of_birth"] == Reading("01/02/1985", "01/02/1985", "1985-02-01", "1985-02-01")
    assert peer["place_of_origin"].text == "Xã Mẫu, Hà Nội"
    assert ours["place_of_origin"].text == "Xã Mẫu , Hà Nội_"


def test_a_line_in_which_no_date_is_found_still_counts_letter_by_letter():
    (card,) = from_lines([CASE], [["01/02/19B5", "Xã Mẫu,", "Hà Nội"]], tidy=True)
    assert card["date_of_birth"] == Reading("01/02/1985", "01/02/19B5", "1985-02-01", None)


def test_what_an_engine_found_on_a_card_is_taken_for_the_fields_that_the_card_has():
    pieces = [
        {"text": "Ngày sinh / Date of birth: 01/02/1985", "box": [300, 300, 700, 330]},
        {"text": "Giới tính / Sex: Nam", "box": [300, 340, 500, 370]},
    ]
    run = parsed([CASE], {"read": [pieces], "cpu_ms": [100.0]})
    assert {name: reading.text for name, reading in run.readings[0].items()} == {
        "date_of_birth": "01/02/1985",
        "place_of_origin": "",
    }
    assert run.cpu_ms[0] > 100


def test_our_values_are_those_that_were_answered_not_those_of_the_text():
    answer = {"place_of_origin": {"text": "Xã Mau, Hà Nội", "value": "Xã Mẫu, Hà Nội"}}
    run = our_run([CASE], {"read": [answer], "cpu_ms": [20.0]})
    assert run.readings[0]["place_of_origin"].text == "Xã Mau, Hà Nội"
    assert run.readings[0]["place_of_origin"].value == run.readings[0]["place_of_origin"].true_value
    assert run.readings[0]["date_of_birth"] == Reading("01/02/1985", "", "1985-02-01", None)


def test_a_zone_has_no_spaces_in_its_lines_whoever_read_it():
    lines = ("IDVNM1810000013081181000001<<8", "8102036F2102034VNM<<<<<<<<<<<4", "NGUYEN<<THI<BICH<NGOC<<<<<<<<<")
    case = Case(seed=0, fields={"mrz": " ".join(lines)}, line_fields=("mrz",) * 3)
    read = [[f"{line[:10]} {line[10:]}" for line in lines]]
    for tidy in (True, False):
        (card,) = from_lines([case], read, tidy=tidy)
        assert card["mrz"].text == case.fields["mrz"]
        assert card["mrz"].value == "\n".join(lines)
