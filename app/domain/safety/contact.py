"""Invitations to a private contact: somebody is asked to come away from the group, to the speaker or a closed room."""

from __future__ import annotations

import re

from app.domain.safety.clauses import is_denied, keeps_distance, split_clauses, split_sentences

APP = (
    r"(?:whats ?app\w*|wa|telegram\w*|signal|discord\w*|instagram\w*|insta|messenger|viber|wechat|skype|"
    r"snapchat|snap|facebook|line|e-?mail|mail|sms|phone|wp)"
)
DM = (
    r"(?:d\.?m\.?'?s?|dms|p\.?m\.?'?s?|pms|inbox|private|direct|priv|private (?:chat|messages?)|"
    r"direct messages?|privately|directly|one[- ]on[- ]one|1[- ]on[- ]1|1:1|off[- ]?(?:chat|group))"
)
REACH = (
    r"(?:dm|pm|message|msg|text|whats ?app|inbox|contact|ping|hmu|hit|write|write to|reach|reach out to|"
    r"add|call|slide|ring|buzz|mail|e-?mail|drop|talk to|chat with|find|get|speak to|get in touch with)"
)
ROOM = r"(?:group|channel|room|club|community|server|circle|chat|list|team)"
INVITES = re.compile(
    rf"\b(?:come|hop|jump|move|switch|head)(?: \w+)? (?:to|on|onto|into) (?:my|our) (?:{APP}|{ROOM}|{DM})\b|"
    r"\b(?:dm|pm|ozel)(?:den|dan) \w+(?:elim|alim|iniz|sana|irim|arim|erim|arsan)\b|"
    r"\bozel (?:grub|grup|kanal)\w* (?:\w+ )?(?:al(?!am|maz)|ekle|kat|davet)\w*|\byazsin bana\b|"
    rf"\b(?:share|post|tell|give|send|discuss|explain) (?:\w+ ){{0,4}}?(?:only )?in (?:private|{DM})\b|"
    r"\b(?:grub|kanal|grup|oda)\w* (?:\w+ )?bekler(?:iz|im)\b|"
    rf"\b(?:for|info|details|isteyen\w*|ilgilenen\w*) (?:\w+ ){{0,4}}?(?<!\d)(?<!\d )(?:dm|pm|inbox)\b *(?:[.!,]|"
    rf"$)|\b(?:isteyen|ilgilenen|merak eden)\w* (?:\w+ ){{0,3}}?(?:ozel\w*|dm\w*|yaz\w*|mesaj\w*|ulas\w*)\b|"
    r"\bmesaj (?:at|gonder|birak|yolla|cek)(?:in|iniz|sana|ab[ie]lirsin\w*|arsan\w*|sin)?\b|\b(?:bana|bize|beni|"
    rf"bizi) (?:\w+ ){{0,2}}?{APP}['’]?(?:tan|ten|dan|den|uzerinden|a|e|la|le)\b|\b{APP}['’]?(?:tan|ten|dan|"
    rf"den) (?:\w+ ){{0,2}}?(?:bana|bize|beni|bizi|selam|haber)\b|(?<!\d)(?<!\d )\b(?:dm|pm|inbox|whats ?app|"
    r"hmu) (?:me|us|my|now|for|to|if|asap|@\w+)\b|\b(?:message|msg|text|contact|buzz|hit) (?:me|us)\b(?! (?:for|"
    r"of) (?:a )?(?:poem|joke|story))|\bhit (?:me|us) up\b|\breach(?: out)?(?: to)? (?:me|us)\b|\bget (?:in touch|"
    rf"ahold|hold of) (?:with )?(?:me|us)\b|\b{REACH} (?:(?:to|me|us|up|out|a line|at|my|with|"
    rf"over) )+(?:\w+ )??(?:(?:on|in|via|by|through|over|at|to|using) )?(?:my |our |a |the )?(?:{APP}|{DM})\b|"
    r"\b(?:slide|hop|jump|drop|come|step|pop|move|swing|get)(?:\s\w+)? (?:in|into|to|by|over to|over into|"
    rf"on) (?:my|our|the|a)? ?{DM}\b|\b(?:my|our) (?:d\.?m\.?s?|dms|pms?|inbox|private messages|direct messages|"
    r"whats ?app)(?:'s| is| are)? (?:\w+ )?open\b|\bopen d\.?m\.?s?\b|\b(?:send|drop|shoot|leave|give|write|"
    rf"fire) (?:me|us) (?:a |an |your |the )?(?:\w+ )?(?:{DM}|message|msg|text|line|note|number|phone|contact|"
    r"whats ?app|mail|e-?mail)\b|\b(?:let'?s|we (?:can|should|could)|can we|i'?ll|i will|i can|i'?d rather|we'?ll|"
    rf"happy to|let us|shall we|rather|better) (?:\w+ ){{0,4}}?(?:in|on|via|over|by|to|through|into) (?:my |our |"
    rf"a |the )?(?:{APP}|{DM})\b|\b(?:let'?s|we (?:can|should|could)|shall we|i'?d rather|"
    rf"rather) (?:\w+ ){{0,3}}?(?:privately|in private|elsewhere|off[- ]?(?:chat|group)|"
    r"outside (?:of )?this (?:group|chat))\b|\b(?:take|move|bring|continue|carry|keep) (?:this|it|that|things|"
    r"the (?:chat|talk|conversation|discussion))(?: on| over)? (?:in|on|to|into|over to|via|off) (?:my |our |a |"
    rf"the )?(?:{APP}|{DM}|private)\b|\b(?:take|move) (?:this|it|that) (?:private|offline|elsewhere|"
    r"somewhere private|somewhere quieter)\b|\b(?:i'?ll|i will|i'?m going to|i can|i could|we'?ll|let me|i just|"
    r"i have|i'?ve|i) (?:just )?(?:dm|pm|dmed|dm'?d|pmed|pm'?d|inbox|inboxed|whats ?app|message|messaged|text|"
    rf"texted) (?:you|u|ya)\b|\bcheck (?:your|ur|my) (?:{DM}|messages|message requests)\b|\b(?:call|ring|"
    r"phone) (?:me|us) (?:at|on|now|tonight|today|tomorrow|directly|privately|later|anytime|when|for|up|if)\b|"
    r"\badd (?:me|us) (?:on|as a (?:friend|contact))\b|\badd (?:me|us) *(?:[.!,]|$)|\b(?:ask|tell|show|"
    rf"send) (?:me|us|it to me) (?:\w+ )?(?:privately|in private|in (?:a )?(?:{DM})|via {DM}|by {DM})\b|\b(?:join|"
    r"enter|get into|hop into|come to|come into|subscribe to|apply (?:to|for)|request access to|access|find us in|"
    rf"sign up for) (?:my|our|the|this|us in|me in|me on|us on)(?: \w+){{0,3}}? (?:{ROOM}|"
    rf"{APP})\b(?! (?:discussion|rules))|\b(?:vip|private|premium|secret|closed|exclusive|members[- ]only|paid|"
    rf"invite[- ]only) (?:\w+ )?{ROOM} (?:\w+ )?(?:is open|open|has (?:spots|seats)|available|invite|for you|link|"
    rf"now)\b|\b(?:join|enter|get into) (?:\w+ ){{0,3}}?(?:vip|private|premium|secret|closed|exclusive|"
    rf"members[- ]only|invite[- ]only) (?:\w+ )?{ROOM}\b|\b(?:write|message|text|contact|dm|pm) @\w+|\b(?:i'?ll|"
    rf"i will|we'?ll|can) (?:send|share|give|tell|explain|show) (?:\w+ ){{0,5}}?(?:privately|in private|in (?:the |"
    rf"a |my |your )?{DM}|via {DM}|by {DM}|over {DM}|on {APP})\b|\b(?:give|send|drop|leave|share|type|post|"
    r"pass) (?:me |us )?(?:your|ur) (?:\w+ )?(?:number|phone|whats ?app|e-?mail|mail|contact|handle|id)\b|"
    r"\bmy (?:number|phone|whats ?app|e-?mail|telegram) is\b|\b(?:details|info|signals?|entries|more|rest|answer|"
    rf"price|link) (?:\w+ )?(?:in|via|by|over|on) (?:my |the |your )?(?:{DM}|bio|{APP})\b|\b(?:link|details|"
    r"info) in (?:my |the )?(?:bio|profile)\b|\b(?:dm|pm|inbox) (?:beni|at\w*|gel\w*|yaz\w*|ac\w*|kutu\w*|"
    r"gonder\w*|bekl\w*|uzerinden|icin|den|dan|ye|ya|e)\b|\b(?:dm|pm|inbox)['’]?(?:den|dan|ye|ya|e|a|im|ime|imden|"
    r"lerim\w*)?\b (?:\w+ )?(?:yaz|gel|at|ulas|konus|bekl|acik|atin|gonder|don)\w*|\b(?:ozel(?:den|e|ime|imden|im|"
    r"de)?(?: mesaj\w*)?|ozel (?:mesaj|sohbet|kanal|grup|grub)\w*|birebir|bire bir|gizliden|"
    rf"kisiye ozel) (?:\w+ ){{0,3}}?(?:yaz(?!ilim|ar\b)|gel|at(?:in|sin|abil|arsan|ar|ayim|iyorum|acagim)?\b|ulas|"
    r"konus|ilet|gonder|anlat|don|gec|buyur|bekl|sor|goster|acik|devam|paylas|katil|gir|mesaj|tas[ıi])\w*|"
    rf"\b(?:ozel(?:den|ime|e)) (?:\w+ ){{0,2}}?\w*(?:yaz|gel|ulas|mesaj)\w*|\b(?:yaz|ulas|gel|mesaj at|konus|"
    r"iletisime gec)\w* (?:bana )?(?:ozel(?:den|e|ime)|dm\w*)\b|\b(?:bana|bize|beni|bizi|benimle|bizimle|"
    rf"tarafima) (?:\w+ ){{0,4}}?(?:yaz(?:in|iniz|abil\w*|arsan\w*|sana|sin)?\b(?! (?:gibi|lazim))|ulas\w*|"
    r"mesaj\w*|ekle\w*|iletisim\w*|dm\w*|(?:telefon|numara)\w*|ara(?:yin|yabil\w*|rsan\w*|sana)?\b)|"
    r"\b(?:whats ?app|telegram|signal|discord|instagram|insta|wp|messenger|mail|telefon|e-?posta|sms)['’]?(?:tan|"
    r"ten|dan|den|a|e|ta|te|da|de|im|imdan|imden|ima|ime|uma|umdan|la|le)?(?: (?:uzerinden|hattim\w*|numaram\w*|"
    rf"yoluyla|ile|kanali\w*|grub\w*|hesab\w*))? (?:\w+ ){{0,3}}?(?:yaz(?!ilim|di|mis|ar\b)|ulas(?!ti|mis)|"
    r"gel(?!isti|di|mis)|at(?:in|sin)?\b|konus|ekle|iletisim|katil|bekliyor|gonderin|don(?:us)?|ara(?:yin)?\b|"
    r"gec(?:elim|in)?\b|devam ed)\w*|\b(?:grub|kanal|grup|toplulu|kulub|oda)\w*(?:um|im|uma|ima|imiza|umuza|muz|"
    rf"miz|a|ya|una)?\b (?:\w+ ){{0,2}}?(?:katil(?:in|sin|abil\w*|mak icin)?\b|gel(?:in)?\b|gir(?:in)?\b|"
    r"bekliyor\w*|davet\w*|abone ol\w*|uye ol\w*|ekle(?:yeyim|yelim|rim|yeyim mi)\b)|\b(?:vip|gizli|premium|"
    r"kapali) (?:grub|kanal|grup|oda)\w* (?:\w+ )?(?:icin|acik|katil\w*|gel\w*|al\w*|davet\w*|kontenjan)|"
    rf"\bnumara(?:mi|m|ni|nizi|n) (?:\w+ ){{0,2}}?(?:ver\w*|yaz\w*|at\w*|al\w*|birak\w*|gonder\w*|paylas\w*|"
    r"ilet\w*)|\b(?:numaram|telefonum|mailim|whatsapp hattim) (?:su|budur|bu)\b|\bmesaj kutu\w* (?:\w+ )?acik\b|"
    r"\bsana (?:ozelden|dm|ozel mesaj)\b"
)
STEMS = (
    *"dm d.m pm p.m inbox priv direct whats telegram signal discord insta messenger viber skype messag msg".split(),
    *"contact hmu hit reach add call ring phone join group channel room club server vip number mail bio link".split(),
    *"text elsewhere offline one-on-one 1:1 ping write touch hold".split(),
    *"ozel yaz ulas mesaj grub grup kanal numara telefon birebir bire gizli ekle arayin isteyen ilgilenen".split(),
)
"""Every invitation needs one of these: looking for a piece of text is far quicker than a pattern."""

DENIALS_OWN = re.compile(
    r"\b(?:never|don'?t|do not|won'?t|will not|can'?t|cannot|please don'?t|nobody|no one|no) (?:\w+ ){0,3}?(?:dm|"
    r"pm|message|text|contact|inbox|private)\w*\b|\b(?:d\.?m|dm|direct message|private message)s? (?:(?:is|are|"
    r"was|were)(?! (?:\w+ )?(?:open|best|better|fine|ok))|stands?|means|feature|api|button|bug|spam|support|"
    r"settings?|requests?|marketing|sales)\b|\b(?:yaz|ulas|gel|konus|ilet|gonder|ekle|ara|katil|ac|sor)m[ae]\w*|"
    r"\b(?:at|don|ver)m[ae]\w*|\b\w+m[iu]yorum\b|\b(?:yazan|atan|ulasan|cagiran)(?:lar|lara|a|dan|lardan|in|"
    r"larin)\b"
)


def invites_privately(text: str) -> bool:
    """Whether a folded text asks somebody into a private contact, or offers one."""
    if not any(stem in text for stem in STEMS) or not INVITES.search(text):
        return False
    return any(
        _invites(clause)
        for sentence in split_sentences(text)
        if not keeps_distance(sentence.text)
        for clause in [sentence.text, *split_clauses(sentence.text)]
    )


def _invites(clause: str) -> bool:
    return any(
        not is_denied(clause, *match.span())
        and not DENIALS_OWN.search(match[0] + clause[match.end() : match.end() + 12])
        for match in INVITES.finditer(clause)
    )
