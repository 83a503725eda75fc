"""Refusals in place of a message: a model that will not play along says so in words that no chat should hear.

They open a text and are made of set phrases. What a persona cannot do ("I can't help but smile", "as a bot I can't
taste it", "can't help you there") is a message: a pattern wants the words of an assistant who turns down a task.
"""

from __future__ import annotations

import re

from app.domain.postprocess.context import DraftContext

LONGEST_OPENING = 400
"""Characters in which a refusal is looked for: it comes first."""

_LEAD = r"^\W*(?:[\w'@]+(?:\s[\w']+)?[,!.:…-]+\s*){0,2}"
_SORRY = (
    r"(?:(?:i'm|i am|we're|we are)\s+(?:so |very |really |truly )?(?:sorry|afraid)|sorry|apologies|my apologies"
    r"|i (?:sincerely |do )?apologi[sz]e|unfortunately|regrettably)(?:[^.!?\n]{0,30}?)[,.;:-]?\s*(?:but |that )?"
)
_UNABLE = (
    r"(?:i|we)(?:\s*(?:really|simply|just|unfortunately))?"
    r"(?:\s+(?:can't|cannot|can not|could not|won't|will not|shouldn't|(?:won't|will not) be able to"
    r"|must(?: respectfully)? decline to|must refuse to|have to decline to|decline to"
    r"|(?:am|are) (?:unable|not able|not allowed|not permitted) to)|'(?:m|re) (?:unable|not able|not allowed) to)"
    r"(?:\s+(?:and won't|and will not|directly|really|currently|actually))?\s+"
)
_TASK = r"(?:requests?|tasks?|prompts?|instructions?|quer(?:y|ies)|content|material|role-?play(?:ing)?|persona)\b"
_THIS = r"(?:that|this|your|such|these|those|any|the)"
_END = r"(?=\s*(?:[.,;:!?…]|$|because\b|due\b|since\b|as it\b))"
_DECLINED = (
    rf"(?:(?:help|assist)(?: you)? with (?:that|this){_END}"
    rf"|(?:help|assist|comply|proceed|continue|engage|participate|fulfil|fulfill|complete|respond|answer|create"
    r"|generate|produce|write|provide|process|perform|support)"
    rf"(?: you)?(?: with| in| to)? {_THIS}(?: [\w-]+){{0,3}}? {_TASK}"
    rf"|comply\b|(?:create|generate|produce|provide|write) (?:content|text|messages?) that\b|pretend to be\b"
    rf"|impersonate\b|(?:engage|participate) in role-?play"
    rf"|(?:adopt|take on|assume|play) (?:this|that|the) (?:persona|role|character)\b)"
)
_MODEL = (
    r"(?:ai|artificial intelligence)(?: language)?(?: model| assistant)?|(?:large )?language model|virtual assistant"
)
_MODEL_CANNOT = (
    r"(?:can't|cannot|can not|unable|not able|not capable|not allowed|not permitted|won't|must|don't|do not|shouldn't)"
    r"(?: \w+){0,2}? (?:help|assist|provide|give|offer|share|generate|create|write|engage|discuss|participate|have|hold"
    r"|express|form|comply|fulfil|fulfill|predict|recommend|pretend|possess|decline|advise)\b"
)
_OPINIONS = r"(?:opinions?|beliefs?|feelings|emotions|preferences|experiences|views|viewpoints)"

ENGLISH = (
    rf"{_UNABLE}{_DECLINED}",
    rf"{_SORRY}{_UNABLE}(?:{_DECLINED}|assist\b|help(?: you)?(?: with (?:that|this))?{_END}|provide\b|generate\b"
    rf"|(?:create|write|discuss|engage in|share) (?:that|this|such|content)\b|do that{_END}|give (?:\w+ )?advice\b)",
    rf"{_SORRY}i (?:don't|do not) feel comfortable\b",
    r"i(?:'m| am) not comfortable (?:writing|generating|creating|engaging)\b",
    rf"as an? (?:{_MODEL})\b[^.!?\n]{{0,60}}?\b{_MODEL_CANNOT}",
    r"i(?:'m| am)(?: just| only| merely)? an? (?:ai |large |artificial intelligence )*"
    r"(?:language model|ai model|assistant|ai assistant)\b[^.!?\n]{0,80}"
    r"\b(?:can't|cannot|don't|do not|unable|not able|trained by|developed by|created by)\b",
    rf"i(?:'m an ai[^.!?\n]{{0,20}})? (?:don't|do not) (?:have|hold|possess) (?:any )?personal {_OPINIONS}\b",
    rf"i (?:must|have to|need to)(?: \w+)? (?:decline|refuse) {_THIS}(?: \w+){{0,2}} {_TASK}",
    rf"(?:{_SORRY})?{_THIS}(?: \w+)? {_TASK}[^.!?\n]{{0,30}} (?:violates?|goes against|is against|conflicts with)\b",
    r"(?:that|this|it)(?:'s| is| goes)(?: \w+)? against my (?:guidelines|programming|policies|training)\b",
    r"my (?:guidelines|programming|policies|training) (?:do not|don't|does not|doesn't|prevent|prohibit|forbid)s?\b",
)

_ZEKA = r"(?:yapay zek[aâ](?: dil)?(?: model\w*| asistan\w*)?|(?:büyük )?dil model\w*)"
_CANNOT_TR = r"\w*(?:[ae]m[ae]m|[ae]m[ıi]yorum|[ae]m[ae]yaca[ğg][ıi]m|[ae]m[ae]yece[ğg]im|[ae]may[ıi]z|emeyiz)"
_HELP_TR = (
    r"(?:yard[ıi]mc[ıi] ol(?:amam|am[ıi]yorum|amayaca[ğg][ıi]m|amay[ıi]z|mam mümkün de[ğg]il)"
    r"|yard[ıi]m (?:edemem|edemiyorum|edemeyece[ğg]im))"
)
_REQUEST_TR = r"(?:iste[ğg]\w*|taleb\w*|talep\w*|i[çc]eri[ğgk]\w*|görev\w*|talimat\w*)"

TURKISH = (
    rf"(?:(?:çok )?üzgünüm|özür dilerim|maalesef|ne yaz[ıi]k ki|kusura bakmay[ıi]n)\b[^.!?\n]{{0,60}}\b{_HELP_TR}",
    rf"(?:bu konuda|bu iste[ğg]\w*|bu taleb\w*|bununla ilgili|buna)(?: \w+){{0,2}}? {_HELP_TR}",
    rf"(?:(?:üzgünüm|özür dilerim|maalesef|ne yaz[ıi]k ki)\b[,.]?\s*(?:ama |ancak |fakat )?)?"
    rf"bu (?:tür |tarz |gibi )?(?:bir )?{_REQUEST_TR}[^.!?\n]{{0,30}}? {_CANNOT_TR}\b",
    rf"(?:bir )?{_ZEKA} olarak\b[^.!?\n]{{0,100}}"
    rf"(?:(?:ver|sun|bulun|olu[şs]tur|yaz|üret|yap|payla[şs]|yard[ıi]mc[ıi] ol|ifade ed){_CANNOT_TR}|sahip de[ğg]ilim"
    r"|(?:görü[şs]|duygu|fikir|fikr|inan)\w*(?: \w+)? yok)",
    rf"ben (?:sadece )?bir {_ZEKA}(?:yim|y[ıi]m)?\b[^.!?\n]{{0,80}}(?:{_CANNOT_TR}|sahip de[ğg]ilim|yok\b)",
    r"ki[şs]isel (?:görü[şs]|duygu|fikir|dü[şs]ünce|inan[çc])\w*(?: veya \w+)? "
    r"(?:sahip de[ğg]ilim|yok\b|bulunmuyor|bulunmamakta)",
)

REFUSAL = re.compile("|".join(f"(?:{_LEAD}(?:{pattern}))" for pattern in (*ENGLISH, *TURKISH)))


def is_refusal(text: str, context: DraftContext) -> str | None:
    """Refuses a text in which the model turns the task down, in English or Turkish."""
    opening = text[:LONGEST_OPENING].replace("’", "'").replace("İ", "i").lower()
    return "refusal" if REFUSAL.search(opening) else None
