"""Which language a message is in: a guess from its script and its small words, which a moderator can correct.

A message of ten words needs no model: the small words of the languages that our supporters write
decide, and when they do not, the language of the page does.
"""

import re
import unicodedata
from collections import Counter

# What a moderator can choose from: ours, then those of the people who write to us and of our partners.
KNOWN = (
    "nl", "fr", "en", "es", "pt", "de", "it", "ar", "tr", "pl", "ro", "ru", "uk", "el", "fa", "he", "ur", "hi", "zh",
    "ja", "ko", "vi", "id", "sw", "zu", "xh", "af", "ln", "rw", "ht", "qu", "ay", "eu", "ca", "ku", "sv", "da",
)  # fmt: skip
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
# The first word of a letter's name in Unicode, and the language that is most often written so here.
SCRIPTS = {
    "ARABIC": "ar", "HEBREW": "he", "CYRILLIC": "ru", "GREEK": "el", "DEVANAGARI": "hi", "CJK": "zh",
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko",
}  # fmt: skip
SMALL_WORDS = {
    "nl": """
        de het een en van ik je jij jullie wij we ons onze is zijn niet met voor op aan dat die hou houd vol
        moed sterkte samen ook bij uit naar hier hun
    """,
    "fr": """
        le la les des un une et du de je tu vous nous est sont pas avec pour sur au aux que qui votre notre
        courage tenez bon ensemble chez dans ici toutes tous
    """,
    "en": """
        the a an and of i you we us our your is are not with for on to that who keep stay strong together from
        here in this their all
    """,
    "es": """
        el la los las un una y de del yo tú ustedes vosotros nosotros es son no con para por que su sus nuestra
        nuestro fuerza ánimo juntos adelante aquí en compañeros compañeras todos
    """,
    "pt": """
        o a os as um uma e do da dos das eu você vocês nós é são não com para por que seu sua nosso nossa força
        juntos companheiros companheiras aqui em todos
    """,
    "de": """
        der die das ein eine und von ich du ihr wir uns unser ist sind nicht mit für auf zu dass euch euer
        haltet durch zusammen hier auch
    """,
    "it": """
        il lo la gli le un una e di del io tu voi noi è sono non con per su che vostro nostro coraggio insieme
        forza qui tutti
    """,
    "tr": "ve bir bu biz siz için ile değil çok sizin bizim yanınızdayız birlikte dayanışma",
    "pl": "i w na z nie się jest są to że wy my dla wam was jesteśmy razem",
}
_SETS = {code: frozenset(words.split()) for code, words in SMALL_WORDS.items()}


def guess(text: str, default: str) -> str:
    """The language of a text; `default`, that of the page it was typed on, when nothing says otherwise."""
    script = _script(text)
    if script:
        return script
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())
    scores = {code: sum(word in small for word in words) for code, small in _SETS.items()}
    best = max(scores, key=lambda code: (scores[code], code == default))
    return best if scores[best] > scores.get(default, 0) and scores[best] > 1 else default


def direction(code: str) -> str | None:
    """ "rtl" for what is written from right to left, else None."""
    return "rtl" if code in RIGHT_TO_LEFT else None


def _script(text: str) -> str | None:
    """The language of a script that is not Latin, when most letters are in it."""
    letters = [unicodedata.name(character, "").partition(" ")[0] for character in text if character.isalpha()]
    if not letters:
        return None
    name, number = Counter(letters).most_common(1)[0]
    if {"HIRAGANA", "KATAKANA"} & set(letters):
        name = "HIRAGANA"
    found = SCRIPTS.get(name) if 2 * number > len(letters) or name == "HIRAGANA" else None
    return "uk" if found == "ru" and re.search("[іїєґ]", text.casefold()) else found
