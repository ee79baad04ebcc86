import numpy as np
import pytest

from models.mrz import check_digit
from models.synthetic.mrz import machine_readable_zone
from models.synthetic.people import Person, invent

# As ICAO 9303 part 3 section 4.9 explains them, written down again.
_VALUES = {char: value for value, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


def digit(text: str) -> str:
    return str(sum(_VALUES[char] * (7, 3, 1)[place % 3] for place, char in enumerate(text)) % 10)


def people(count: int = 60) -> list[Person]:
    rng = np.random.default_rng(3)
    return [invent(rng, "cc-2024", scrambled=number % 4 == 0) for number in range(count)]


# Appendix A of ICAO 9303 part 3, and the specimen of part 5.
@pytest.mark.parametrize(
    ("text", "expected"), [("520727", "3"), ("AB2134<<<", "5"), ("D23145890", "7"), ("740812", "2"), ("120415", "9")]
)
def test_check_digits_of_the_standards_own_examples(text: str, expected: str) -> None:
    assert check_digit(text) == digit(text) == expected


def test_every_check_digit_of_every_zone_holds() -> None:
    for person in people():
        first, second, third = machine_readable_zone(person)
        assert [len(line) for line in (first, second, third)] == [30, 30, 30]
        assert first[14] == digit(first[5:14])
        assert first[29] == digit(first[15:27])
        assert second[6] == digit(second[:6])
        assert second[14] == digit(second[8:14])
        assert second[29] == digit(first[5:30] + second[:7] + second[8:15] + second[18:29])


def test_the_zone_says_what_the_card_says() -> None:
    for person in people():
        first, second, third = machine_readable_zone(person)
        assert first[5:14] == person.id_number[3:]
        assert first[15:27] == person.id_number
        assert second[7] == {"Nam": "M", "Nữ": "F"}[person.sex]
        assert second[:6] == "{2:02}{1:02}{0:02}".format(*person.birth[:2], person.birth[2] % 100)
        assert second[8:14] == ("{2:02}{1:02}{0:02}".format(*person.expiry)[2:] if person.expiry else "991231")
        assert set(third) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ<")


def test_names_lose_their_marks_and_are_cut_at_thirty_letters() -> None:
    rng = np.random.default_rng(0)
    person = invent(rng, "cccd-2021")

    def names(full_name: str) -> str:
        return machine_readable_zone(Person(**{**vars(person), "full_name": full_name}))[2]

    assert names("Đỗ Thị Ừng").rstrip("<") == "DO<<THI<UNG"
    assert names("H'Ngoan Niê Kdăm").rstrip("<") == "HNGOAN<<NIE<KDAM"
    assert names("Công Huyền Tôn Nữ Phương Nguyệt Khuynh") == "CONG<<HUYEN<TON<NU<PHUONG<NGUY"
