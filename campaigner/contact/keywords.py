"""Words that say more than the topic somebody chose: a person in danger, or another topic that fits better.

Plain lists in our four languages. They never lower anything: they call a human sooner, or suggest.
"""

import re

_DANGER = """
    doodsbedreiging\\w* bedreigd\\w* (?:is|zijn|ben|wordt|worden)\\sin\\s(?:levens)?gevaar ontvoerd opgepakt aangehouden
    verdwenen\\ssinds vermoord
    menaces?\\sde\\smort menacée?s? (?:est|sont|suis|sommes)\\sen\\sdanger enlevée?s? arrêtée?s? assassinée?s?
    death\\sthreats? threatened (?:is|are|am)\\sin\\sdanger kidnapped abducted arrested detained murdered
    amenazas?\\sde\\smuerte amenazad[oa]s? secuestrad[oa]s?
    (?:est[aá]n?|estoy|estamos|corre|corremos)\\s(?:en\\s)?peligro
    detenid[oa]s? desaparecid[oa]s? asesinad[oa]s?
"""
DANGER = re.compile(rf"\b(?:{'|'.join(_DANGER.split())})\b", re.IGNORECASE)
# topic -> what people write who mean it and choose "something else"
HINTS = {
    "privacy": r"""
        mijn\sgegevens avg gdpr rgpd mes\sdonnées my\s(?:personal\s)?data mis\sdatos persoonsgegevens
        (?:erase|delete)\sme données\spersonnelles datos\spersonales
    """,
    "press": r"""
        journalist\w* journaliste redactie rédaction newsroom periodista persbericht communiqué\sde\spresse
        interview\smet interview\savec
    """,
    "speaker": r"spreker gastspreker orateur intervenante? speaker ponente lezing conférencier",
    "local": r"onze\safdeling notre\ssection our\slocal nuestra\ssección vakbondsafdeling",
    "technical": r"""
        foutmelding werkt\sniet message\sd'erreur ne\sfonctionne\spas error\smessage (?:does\snot|doesn't)\swork
        no\sfunciona mensaje\sde\serror
    """,
}
_HINTS = {topic: re.compile(rf"\b(?:{'|'.join(words.split())})\b", re.IGNORECASE) for topic, words in HINTS.items()}


def in_danger(body: str) -> bool:
    """Whether the text speaks of somebody who is threatened, taken or missing."""
    return bool(DANGER.search(body))


def suggestion(body: str) -> str | None:
    """The topic that fits a text sent as "something else", the one with most hints; None without any."""
    found = {topic: len(pattern.findall(body)) for topic, pattern in _HINTS.items()}
    best = max(found, key=lambda topic: found[topic])
    return best if found[best] else None
