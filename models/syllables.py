"""What a Vietnamese syllable can be: an onset, a rhyme and a tone, of which not every one goes with every other.

After Đoàn Thiện Thuật, "Ngữ âm tiếng Việt" (1977), and the spelling rules of Decision 240/QĐ (1984). Names of other
peoples and of places in their languages (KSOR, Đắk) need not be syllables in this sense.
"""

import re
import unicodedata

from models.charset import normalize

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SHARP_OR_HEAVY = "\u0301\u0323"  # the only two tones of a syllable that ends in a stop: sắc, nặng
_BACK = "b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|nh|ngh|ng|n|ph|p|r|s|th|tr|t|v|x|"
_RHYMES = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu "
    "i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu y yêm yên yêng yêt yêu "
    "o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong oong ooc "
    "op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
    "u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt uyn "
    "uynh uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu"
)
_AFTER_QU = (
    "a ac ach ai an ang anh ao at au ay ăc ăm ăn ăng ăp ăt ân âng ât âu ây e en eo et ê ên ênh êt êch i it in ơ ơi ơn "
    "y yên yêt ynh yt ych ôc ôi"
)
_SYLLABLE = re.compile(
    rf"(?:(?P<onset>{_BACK})(?P<rhyme>{'|'.join(_RHYMES.split())})|qu(?P<after_qu>{'|'.join(_AFTER_QU.split())}))"
)
_FRONT_VOWELS = tuple("ieêy")


def is_syllable(word: str) -> bool:
    """Whether a word, with its marks, can be one Vietnamese syllable; its case does not matter."""
    letters = unicodedata.normalize("NFD", normalize(word).lower())
    tones = [char for char in letters if char in _TONES]
    bare = unicodedata.normalize("NFC", "".join(char for char in letters if char not in _TONES))
    found = _SYLLABLE.fullmatch(bare)
    if found is None or len(tones) > 1:
        return False
    if bare.endswith(("p", "t", "c", "ch")) and (not tones or tones[0] not in _SHARP_OR_HEAVY):
        return False
    return found["onset"] is None or _goes_with(found["onset"], found["rhyme"])


def _goes_with(onset: str, rhyme: str) -> bool:
    """k, gh and ngh are written before i, e, ê and y; c, g and ng elsewhere, but for gi and gì."""
    before_front = rhyme.startswith(_FRONT_VOWELS)
    if onset in ("k", "gh", "ngh"):
        return before_front
    if onset in ("c", "ng"):
        return not before_front
    if onset == "gi":
        return not rhyme.startswith("i")
    return onset != "g" or not before_front or rhyme.startswith("i")
