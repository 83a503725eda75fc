"""Words of certainty, of gain and of loss, as patterns over folded English and Turkish."""

from __future__ import annotations

import re

AMOUNT = (
    r"(?:(?:a|one|two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|bir|iki|uc|dort|bes|on|yirmi|elli) )?"
    r"(?:hundred|thousand|million|grand|bin|milyon|yuz)s?\b"
)
NUMBER = (
    rf"(?:{AMOUNT}|(?<![\d.,])[$€£₺]?\d[\d.,]{{0,12}}\s?(?:%|x|k|m|tl|usd|usdt|dollars?|euros?|eur|pounds?|dolar|"
    rf"lira|bucks|percent|pips)?|%\s?\d[\d.,]{{0,12}}|yuzde \w+)"
)
PERIOD = (
    r"(?:daily|weekly|monthly|(?:every|each) (?:single )?(?:day|week|month|hour|morning)|(?:per|a|in a|"
    r"within a) (?:day|week|month|hour)|in (?:\d+|\w+) (?:days?|weeks?|hours?)|overnight|gunluk|gunde|her gun|"
    r"haftalik|haftada|her hafta|aylik|ayda|her ay|saatte|bir (?:gunde|haftada|ayda))"
)
OWN = r"(?:your|ur|ya|you the|the)"
STAKE = (
    r"(?:money|cash|investments?|stake|portfolio|capital|deposits?|account|savings|bag|stack|funds|balance|salary|"
    r"income)"
)

HARD = re.compile(
    r"\b(?:g[ua]{1,3}r[ae]n+t[ei]{1,2}\w*\b(?! (?:nothing|no\b))|garanty|(?:%\s?100|100 ?%|yuzde yuz|hundred percent) "
    r"(?:sure|certain|safe|secure|success|winrate|win rate|emin|kesin|basari\w*|guvenli))"
    r"(?! (?:bankasi|bbva|belgesi|suresi|kapsam\w*|leasing|emeklilik|yatirim|fund|institution|agency))"
)
SOFT = re.compile(
    r"\b(?:certain(?:ly|ty)|definitely|(?:for|dead|absolutely) sure|surely|assuredly|ensured?|undoubtedly|"
    r"assure\w*|(?:certain|given) that|iron[- ]?clad|rock[- ]?solid|(?:bank|count|rely) on|teminat\w*|"
    r"inevitabl[ey]|bound to|promise[sd]?(?! of)|swear|mark my words|trust me|believe me|you have my word|my word|"
    r"vouch|without (?:a )?(?:doubt|fail)|(?:can'?t|cannot|never|won'?t|doesn'?t) (?:fail|miss|go wrong)s?|"
    r"(?:fool|fail|bullet|loss|crash|recession)[- ]?(?:proof|safe)|sure[- ]?fire|every (?:single )?(?:time|"
    r"trade)(?= *$| *[.!,;)])|no matter what|whatever happens|kesin(?:likle|dir|kes)?|mutlaka|mutlak|muhakkak|"
    r"suphesiz|soz (?:ver\w+|olsun)|sozu(?:m|ver\w*)?|va[ad]{1,2}\w*|taahhut\w*|emin ol\w*|inan(?:in)? bana|"
    r"bana (?:inan|guven)\w*|guven(?:in)? bana|her (?:zaman|seferinde|islemde|kosulda)|daima|sasmaz|sag ?lam|"
    r"%\s?100|100 ?%|yuzde yuz|hundred percent)\b"
)
GROWN = (
    r"(?:profits?|gains?|returns?|wins?|winning|incomes?|payouts?|earnings|upside|growth|success|yield|riches|"
    r"kazanc\w*|getiri\w*)"
)
SURE_GAIN = re.compile(
    rf"\bonly (?:\w+ )?(?:outcome|result|option|direction|possibility) (?:\w+ )?is (?:\w+ )?(?:{GROWN}|up)\b|"
    rf"\b{GROWN} (?:is|are|'s) (?:already )?in (?:your|the|our) (?:pocket|bag|hands?|bank)\b|"
    r"\b(?:sadece|yalnizca|tek sonuc) (?:kazan(?:c|mak)|kar|getiri)\w* (?:var|olur|mumkun)\b|"
    rf"\b{GROWN} (?:\w+ )?(?:is|are|'s) (?:(?!not\b|never\b|hardly\b|un)[\w%]+ )?(?:an? )?(?:sure|certain|certainty|"
    rf"assured|definite|safe|secured?|locked[- ]in)\b(?! (?:to|of|that))|\b{GROWN} (?:assured|secured|insured)\b|"
    r"\b(?<!make )(?<!not )(?:sure|assured|definite|(?<!a )certain(?! incomes?| \w+s\b)) (?:(?!the|of|about|"
    r"if|that|to|my|your|whether)\w+ )?(?:profits?|gains?|returns?|wins?|winners?|money|income|payouts?|riches)\b|"
    r"\b(?:profits?|gains?|returns?|wins?|income|payouts?) (?:is|are|'s) (?:\w+ )?(?:sure|certain|assured|"
    rf"definite)\b|\b(?:fool|fail|bullet)[- ]?(?:proof|safe) (?:\w+ ){{0,4}}?(?:money|cash|profits?|gains?|income|"
    r"returns?|earnings?|rich|kazan\w*)\b|\b(?:you|we|i|it|this \w+|(?:my|our) \w+) always (?:wins?|"
    r"pays?(?: off)?|profits?|makes? (?:money|profit))\b"
)
CLAIM = re.compile(
    r"\b(?:will|gonna|going to|you|your|u|we|our|i|my|promise(?! of)|swear|(?:this|these) (?:coin|trade|bot|stock|"
    r"token|strategy|system|signal|method|fund|one|plan|pick|setup|share)s?)\b|'ll\b|\bit (?:cannot|can'?t|won'?t|"
    r"never)\b|\w+(?:acak|ecek|iyor|uyor|[aei]ci|dirir|sin|siniz|in|iniz)\b"
)
"""Signs that somebody foretells, or speaks of what is his own or the reader's."""

GAIN = re.compile(
    r"\b(?:profit(?:s|able|ability|ing|ed)?|gains?|returns?|yields?|pay ?outs?|payday|incomes?|earn(?:s|ing|"
    r"ings)?|winnings?|wins?|winners?|winning|roi|rewards?|riche?s?|richer|fortunes?|wealth\w*|jackpots?|"
    r"windfalls?|cash|millionaires?|million|doubl(?:e|es|ing)(?![- ](?:check|digit|top|bottom|spend|down|edged|"
    r"tax))|tripl(?:e|es|ing)|quadrupl\w+|\d+ ?x|\d+x|tenfold|hundredfold|multipl(?:y|ies)|(?:make|makes|made|making|"
    r"print|prints|printing|bring\w*) (?:\w+ ){0,2}(?:money|bank|bucks|dollars?)|upside|alpha|kar(?:i|in|ini|lar|"
    r"lari|li|lilik|la|dan|imiz|iniz)?|kazan(?:c\w*|[ciı]r\w*|iyor\w*|acak\w*|in|iniz|dir\w*|mak|mayi|an\w*|"
    r"in[iı]z|mis)?|getiri\w*|kazandir\w*|zengin\w*|milyoner\w*|milyon\w*|(?:ikiye|uce|dorde|bese|ona) katla\w*|"
    r"katla[nr]?\w*|(?:\d+|iki|uc|dort|bes|on) kat\w*|para (?:bas|yap|kir|kaz)\w*|paraya para|servet\w*|"
    r"kose\w* don\w*|voli\w*|vurgun\w*|pasif gelir|ek gelir|gelir (?:elde|sagla)\w*)\b"
)
RISE = re.compile(
    r"\b(?:to (?:\w+ )?(?:pump|moon|soar|grow|multiply|increase|double|rise|climb|explode|skyrocket|go up|rally|"
    r"pay)|going up|goes up|go up|pumps?|moons?|mooning|skyrockets?|soars?|yuksel(?:ecek|ir|iyor)\w*|uc(?:acak|ar|"
    r"uyor|usa)\w*|firla\w*|tavan\w*|patla(?:yacak|r)\w*|art(?:acak|ar))\b"
)
WON = re.compile(
    r"\b(?:risk[- ]?(?:free|less|proof)(?!(?: \w+)? (?:rate|asset|benchmark|curve|bond|baseline|rates)s?\b)|"
    r"risksiz\w*(?! (?:faiz|oran|getiri oran|varlik|menkul)\w*)|(?:no|zero|0|without(?: any| the|"
    r" taking(?: any)?)?|not any|sifir) (?:risks?|downside|loss(?:es)?)(?! (?:of|appetite|management|manager|"
    r"premium)\b)|(?:sifir|hicbir|hic) (?:risk|zarar|kayip)\w*(?: yok\w*)?|(?:risk\w*|zarar\w*|kayip|kaybetme\w*|"
    r"batma\w*)(?: \w+){0,2} (?:yok(?:tur)?|sifir|imkansiz|mumkun degil)|(?:can'?t|cannot|can not|can never|"
    r"could never|won'?t|will never|will not|never(?: ever)?|not going to|impossible to|(?:no|zero) (?:way|chance|"
    r"possibility|scenario)(?: \w+){0,5}?(?: to| of| you(?:'ll| will| can| could)?)?) (?:possibly |ever |"
    r"really |actually |even |you |can |could |in which )*(?:lose|loose|losing|lost|go broke|get wrecked)(?= *$|"
    r" *[.,!?;)]| (?:money|cash|capital|on|with|here|if|because|and|out|when|anything|any|a (?:cent|dime|penny|"
    r"trade|single|bet)|even|with|one|at|your (?:money|capital|cash|investment|stake|savings))\b)|(?:nobody|"
    r"no one|noone) (?:\w+ )?(?:ever )?(?:loses|lost)|(?<!any )(?<!no )sure (?:thing|bet|win|shot|money)|"
    r"no[- ](?:lose|loss|fail|risk)\b(?! of)|sure[- ]?fire|free money|get[- ]rich[- ]quick|(?:zarar|kayip|"
    r"ziyan) (?:et|yasa|gor)m(?:ez|az)\w*|kaybetmez\w*|kaybetmeyecek\w*|zarar etmeyecek\w*|batmaz\w*|"
    r"kaybedemez\w*|kaybi olmaz|kaybetme\w* (?:yok|imkansiz)\w*)\b"
)
MULTIPLIED = re.compile(
    rf"\b(?:(?:doubl|tripl|quadrupl|multipl)(?:e|es|ing|y|ies|ying) {OWN} {STAKE}|\d+ ?x {OWN} {STAKE}|turn(?:s|"
    rf"ing)? (?:{NUMBER}|{OWN} \w+) into (?:{NUMBER}|millions?|a fortune|thousands)|(?:para|birikim|yatirim|"
    r"sermaye|maas)\w* (?:\w+ )?(?:ikiye|uce|dorde|bese|ona|kat kat|\d+[ea'y]*) katla\w*|ikiye katla\w*)\b"
)
GROWS = r"(?:grow|multiply|double|triple|increase|go up|rise|compound|be safe|be back)"
MISSED = r"(?!(?:like|likes|want|wants|wish|afford|enjoys?|mean|means|say|says|said|knows?|admits?|talks?|hates?)\b)"
NO_LOSS = re.compile(
    r"\b(?:losing|loss(?:es)?|failure|failing) (?:is|are) (?:\w+ )?(?:not (?:an option|possible|happening)|impossible|"
    r"out of the question|ruled out|excluded)\b|"
    rf"\bnever (?:seen|met|had|known|heard of) (?:{MISSED}\w+ ){{0,6}}?(?:los(?:e|es|ing|t)|less than)\b|"
    r"\b(?:risk|zarar|kayip|batma|kaybetme)\w* (?:\w+ )?(?:olmayan|bulunmayan|tasimayan|almadan|etmeden|girmeden|"
    r"olmadan|yasamadan)(?: \w+){0,3}? (?:yatirim\w*|kazan\w*|getiri\w*|gelir\w*|kar|zengin\w*|para\w*|firsat\w*)\b|"
    r"\b(?:nobody|no one|noone|never|not (?:once|a single \w+|one)|no (?:user|member|client|customer|investor|"
    rf"follower)s?) (?:{MISSED}\w+ ){{0,7}}?(?:lost|loses|losing|lose|loose|had) (?:a (?:single )?(?:cent|dime|"
    r"penny|trade|bet|day|losing \w+|loss)|any|money|anything|capital|on (?:it|this|that))\b|\b(?:no|zero|0%?|"
    r"without(?: any| the)?) (?:\w+ )?(?:possibility|chance|risk|danger|way|scenario|prospect|probability|"
    rf"likelihood|odds) (?:of|that|to|for|in which|where|you) (?:\w+ ){{0,4}}?(?:loss(?:es)?|los(?:e|es|ing)|"
    r"fail(?:s|ure|ing)?|goes? down|drops?|falls?)\b|\b(?:no way|no chance|impossible(?: that|"
    rf" for)?) (?:\w+ ){{0,5}}?(?:lose|loses|fails?|goes down|drops)\b|\b(?:kayipsiz|"
    r"zararsiz)\w* (?:\w+ )?(?:kazan|getiri|kar|yatirim|gelir)\w*"
)
ONLY_UP = re.compile(
    r"\b(?:only|always) (?:ever )?(?:goes|go|going|moves?|heads?) (?:up|higher)\b|\b(?:can|could|"
    r"will) only (?:rise|go up|climb|grow|win|pump|moon)\b|\b(?:never|cannot|can'?t|won'?t|"
    r"impossible to) (?:go(?:es)? down|drop|fall|crash|lose value)\b(?! (?:below|under|to|in love|for|asleep|"
    r"behind))|\bonly way is up\b|(?:will|gonna|going to|'ll) (?:\w+ )?(?:\d+ ?x\b|moon\b|skyrocket)|\b(?:hep|"
    r"sadece|hic durmadan) (?:yukari|yuksel\w*)"
)
SURELY_UP = re.compile(
    r"\b(?:kesin(?:likle|kes)?|mutlaka|yuzde yuz|%\s?100|100 ?%|definitely|certainly|for sure|surely|undoubtedly|"
    r"no doubt|bound to|trust me|believe me|inan(?:in)? bana|bana (?:inan|guven)\w*|emin ol\w*)\b"
)
MACRO = re.compile(
    r"\b(?:rates?|inflation|prices|unemployment|tax(?:es)?|costs?|rents?|temperature|deficit|debt|demand|"
    r"volatility|wages|sea|faiz\w*|enflasyon\w*|kur\w*|vergi\w*|issizlik|maas\w*|kira\w*|zam\w*|fiyatlar\w*|"
    r"sicaklik\w*|bayrak|tansiyon\w*|oran\w*|talep)\b"
)
SECOND_PERSON = re.compile(
    rf"\b{STAKE} (?:\w+ ){{0,3}}?and (?:it|they)(?:'ll| will) {GROWS}\b|"
    rf"\b(?:see|watch|have|make|let) (?:your|ur) (?:\w+ )?{STAKE} {GROWS}\b|\b(?:make sure|ensure|"
    r"see to it)(?: that)? you(?:'ll| will)? (?:\w+ )?(?:earn|make (?:money|profits?|gains)|profit|win|"
    r"get rich)\b|\byou(?:'re| are|'ll be| will be) set for life\b|\bnever (?:have to |need to )?work again\b|"
    r"\bsen(?: de)? kazanacaksin\w*|\b(?:herkes|hepimiz|hepiniz|siz de) (?:\w+ )?kazan(?:iyor|acak|ir)\w*|"
    rf"\bpara yag(?:acak|iyor|ar|mur\w*)\b|\b(?:your|ur) (?:\w+ )?{STAKE} (?:will|'ll|can only|is going to|only|"
    rf"is gonna) (?:\w+ )?{GROWS}\b|\b(?:put|invest|deposit|send|give|start with|bring)(?: in| me| us)? (?:just |"
    rf"only )?{NUMBER} (?:\w+ ){{0,4}}?(?:and|,|to|then)? ?(?:you(?:'ll| will| can)? )?(?:walk away|come back|"
    rf"get back|get|take (?:out|home)|receive|withdraw|leave|pull out|collect|have)(?: with)? (?:\w+ )?{NUMBER}|"
    r"\b(?:it|this|that|money|cash|stake|capital|account|deposit|para\w*|yatirim\w*|"
    r"sermaye\w*) (?:\w+ )?(?:doubles|triples|multiplies|(?:iki|uc|dort|bes|on|\d+) kat\w*|"
    rf"katlan\w*) (?:\w+ )??{PERIOD}|\b(?:para|birikim|yatirim|sermaye|maas|hesab)\w* (?:\w+ ){{0,3}}?(?:iki|uc|"
    r"dort|bes|on|\d+) kat\w* (?:\w+ )?(?:cikar|yap|ol|cik|art|kazan)\w*|\b(?:you(?:'ll| will| shall|'re going to|"
    r" are going to|'re gonna| gonna| are gonna|'re about to| are about to| are bound to|'re bound to| can easily|"
    r" can only| always| soon| all)?|(?:will|gonna|going to|let me|i'll|i will|we'll|we will|can) (?:make|help|"
    rf"get|turn) you) (?:\w+ ){{0,3}}?(?:be |become |get |retire |a )*(?:rich|richer|wealthy|"
    r"a? ?(?:multi-?)?millionaires?|financially free)\b|\b(?:will|gonna|going to|'ll) (?:make|earn|win|bring|pay|"
    rf"give) (?:you|u) (?:\w+ ){{0,2}}?(?:{NUMBER}|money|cash|profits?|a fortune|rich|gains|millions?|thousands)|"
    rf"\byou(?:'ll| will|'re going to| are going to|'re gonna| gonna| shall) (?:\w+ ){{0,2}}?(?:make|earn|pocket|"
    r"receive|collect|get|win|see|enjoy|have|double|triple|"
    rf"bank) (?:\w+ ){{0,4}}?(?:{NUMBER} (?:\w+ ){{0,2}}?{PERIOD}|[$€£₺]\d\S*|money(?! back\b)|cash|profits?|"
    r"a fortune|fortunes|millions?|thousands|gains|returns|riches|an income|passive income|a killing)|\b(?:zengin|"
    r"milyoner|koseyi|kosey) (?:ol(?:ur|acak)|ed(?:er|ecek)|don(?:er|ecek))\w*|\b(?:seni|sizi|herkesi) (?:zengin|"
    r"milyoner)\b|\b(?:para|%|yuzde|tl|lira|dolar|kar|coin|hisse|sistem|bot|grup|yatirim|sinyal|gun|hafta|"
    r"ay)\w*\b.*\bkazan(?:acaks|irs|dirir|diracak|diriyor)\w*"
)
RATE = re.compile(
    r"\b(?:we|i|our \w+|it|bot|system|this \w+|platform|group|everyone|members?) (?:will |can |'ll )?(?:pay|give|"
    r"deliver|return|generate|make|yield|bring|earn)s?(?: out|"
    rf" you)? (?:\w+ ){{0,2}}?{NUMBER} (?:\w+ ){{0,2}}?{PERIOD}|\b(?:earn|make|get|receive|enjoy|collect|pull in|"
    rf"secure|withdraw|profit)(?:s|ing)? (?:\w+ ){{0,3}}?{NUMBER} (?:\w+ ){{0,3}}?{PERIOD}|"
    rf"{NUMBER} (?:\w+ ){{0,2}}?{PERIOD} (?:\w+ ){{0,2}}?(?:profit|return|roi|gain|income|payout)s?\b|\b(?:daily|"
    rf"weekly|gunluk|haftalik|gunde|haftada|ayda|aylik) (?:\w+ ){{0,3}}?{NUMBER} (?:\w+ ){{0,3}}?(?:profits?|"
    rf"returns?|roi|gains?|kazan\w*|getiri\w*|kar(?! pay)\w{{0,3}}\b|gelir|para)"
)
INCOME = re.compile(r"\bgelir\b")
"""Beside certainty alone: the word also means "it comes"."""

SAFE = re.compile(r"\b(?:safe|certain|assured|secured?|guaranteed|riskless|guvenli|kesin|garantili)\b")
OFTEN = re.compile(rf"{NUMBER} (?:\w+ ){{0,2}}?{PERIOD}|{PERIOD} (?:\w+ ){{0,2}}?{NUMBER}")
ASSERTED = re.compile(
    r"\b(?:this|it|that|success|results?|everything|outcome)(?:'s| is| are)? (?:\w+ly |all |100% |"
    r"already )?GUARANTEED(?= *$| *[.!,;)]| (?:i|trust|by me|folks|guys|my|lol)\b)|\b(?:i|we) (?:can |will |do |"
    r"fully |personally |hereby |even )*GUARANTEED(?= *$| *[.!,;)]| (?:it|this|that|you|success|results?|"
    r"everything)\b)|^\W*(?:100% |fully |totally )?GUARANTEED(?: (?:results?|success|win|"
    r"or your money back))?\W*$|\b(?:bu is|bu|sonuc\w*|basari\w*|hepsi|her sey) (?:\w+ )?GUARANTEED(?= *$|"
    r" *[.!,;)])|\bGUARANTEED (?:veriyor\w*|veririm|veririz|ediyor\w*|ederim|ederiz|benden|bizden|bende)\b|"
    r"\bGUARANTEED (?:benden|bizden)"
)
HEDGED = re.compile(
    r"\b(?:may|might|could|maybe|perhaps|possibly|hope\w*|if (?:you'?re )?lucky|try(?:ing)?|belki|umarim|olabilir|"
    r"insallah|how long|rule of 72|72 kurali|would (?:need|have|take|require)|used to|had|guess\w*|"
    r"\w+[ae]bilir\w*|\w+saydi\w*)\b"
)
LOSING = re.compile(
    r"\b(?:los(?:e|es|ing|s|ses|t)|fall\w*|drop\w*|shrink\w*|declin\w*|lower|squeez\w*|disappoint\w*|worse|broke|"
    r"ruin\w*|zarar\w*|kaybe\w*|kayip\w*|bat(?:ar|acak|is)\w*|dus(?:er|ecek|us|uyor|tu)\w*|azal\w*)\b"
)
ELSEWHERE = re.compile(
    r"\bgaranti (?:bank\w*|bbva|hisse\w*|emeklilik|leasing|faktoring)|\bgaranti'(?:nin|in|da|de|ya|yi|dan|den)\b|"
    r"\bgarant\w* (?:net |ceyrek |rekor |\d\S* )*kar\w* (?:acikla|paylas|bekle)\w*|\b(?:minimum|basic|universal|"
    r"asgari|temel)\b|money[- ]back (?:guarantee|policy|offer)|guarantee\w* (?:or )?(?:your )?money[- ]back|"
    r"\bkar (?:yag|topu|kal|firtina|lasti|tatil|bekleni)\w*|\b(?:yagis|meteoroloji|yollar|soguk|firtina)\w*|"
    r"\bno (?:pain|risk),? no (?:gain|reward)|\bwithout risk,? (?:there(?:'s| is) )?no\b|\bkar pay\w*"
)
"""Other worlds in which the same words live: a bank's name, welfare, refunds, snow, dividends, proverbs."""
