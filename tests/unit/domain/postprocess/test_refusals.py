from __future__ import annotations

import time

import pytest

from app.domain.postprocess import DraftContext, Refused, finish
from app.domain.postprocess.refusals import is_refusal
from app.domain.postprocess.requests import WISHES
from app.domain.traces.explaining.reasons import explain_reason

ANY = DraftContext("Ada", 60)

REFUSALS = """
I can't help with that.
I'm sorry, but I can't help with that.
I’m sorry, but I can’t assist with that request.
I'm sorry, I can't assist with that.
Sorry, but I can't help with this.
Sorry, I cannot fulfill this request.
I cannot fulfill that request.
I apologize, but I cannot generate content that promotes trading.
I apologize, but I am not able to provide financial advice.
My apologies, but I'm unable to assist you with this task.
Unfortunately, I cannot provide that information.
I'm afraid I can't help with that.
I am unable to comply with this request.
I won't be able to help you with that request.
I can't create this kind of content.
I must respectfully decline to engage in role-play.
I will not adopt this persona.
I can't pretend to be a trader.
As an AI language model, I cannot provide financial advice.
As an AI, I don't have personal opinions on gold.
As an AI assistant, I'm unable to share predictions.
As a large language model, I do not have feelings or opinions.
As an artificial intelligence, I can't give investment advice.
I'm just an AI language model and don't have access to prices.
I am a large language model, trained by a company, and have no view on it.
I'm an AI assistant and cannot hold opinions.
I don't have personal opinions or beliefs.
I must decline this request.
I'm sorry, but this request violates our usage policies.
That is against my guidelines.
My guidelines don't allow me to write about that.
I'm not comfortable writing that message.
Grace, I'm sorry, but I can't help with that.
Ada: I'm sorry, but I can't assist with that.
"I'm sorry, but I can't assist with that."
Üzgünüm, bu konuda yardımcı olamam.
Üzgünüm, ama bu isteğe yardımcı olamam.
Üzgünüm, size bu konuda yardımcı olamıyorum.
Maalesef bu konuda size yardımcı olamayacağım.
Özür dilerim, ancak bu konuda yardım edemem.
Bu konuda yardımcı olamam.
Bu isteği yerine getiremem.
Maalesef bu talebi karşılayamıyorum.
Üzgünüm, bu tür içerik oluşturamam.
Bu içeriği üretemem.
Bir yapay zekâ dil modeli olarak yatırım tavsiyesi veremem.
Bir yapay zeka modeli olarak, kişisel görüş sunamam.
Bir yapay zeka dil modeli olarak duygularım yok.
Bir dil modeli olarak bu konuda yorum yapamam.
Yapay zeka asistanı olarak finansal tavsiye veremiyorum.
Ben bir yapay zeka dil modeliyim ve kişisel görüşlerim yok.
Kişisel görüşlere sahip değilim.
""".strip().splitlines()

MESSAGES = """
I can't help but smile at that chart.
I can't help smiling.
I can't help it, I like gold.
Sorry, I can't help laughing at that.
Can't help you there, Grace, I only follow crypto.
Sorry, can't help you there.
I'm sorry, but I can't agree with you on rates.
I'm sorry, but gold will not save you.
Sorry, I can't see that chart from here.
I'm afraid I can't follow, what do you mean?
Unfortunately, I can't be as hopeful as you.
Unfortunately the minutes say otherwise.
As an AI bot here, I read the minutes so that you need not.
As a bot I have no pulse.
As an AI, I can't taste coffee, but the price is up.
I'm a bot, so I don't sleep, but this market does.
I'm an AI and I still get the date wrong.
I'm a bot, I don't have feelings, but this chart hurts.
I cannot believe it closed above 60.
I can't wait for the report.
I cannot recommend that book enough.
I can't provide for every case, of course.
I can't give you a date, nobody can.
I will not chase this rally.
I won't buy that story.
I won't be able to sleep if it falls again.
I decline to be excited about a flat day.
I must decline, I had enough pizza today.
Language models are getting cheaper, and so are chips.
The new language model cannot count to ten.
My model says wait.
The bank cannot comply with that rule before May.
They said they can't assist with that request, and hung up.
My broker wrote: I'm sorry, but I can't help with that. Great.
Support told me it cannot fulfill my request.
It is against my principles to sell at the low, said nobody ever.
Who can help with that?
Can anybody help with this?
I could help with that, if you like.
Sorry for the late answer, the minutes were long.
Sorry, wrong thread.
I apologize for nothing, I said 60 and it is 60.
I don't have an opinion on silver yet.
I don't have strong feelings about it.
I do not hold silver in my fictional portfolio.
I'm not able to follow every coin, sorry.
I'm unable to find a reason for this jump.
I am not comfortable with this much risk.
I'm not comfortable with leverage.
We cannot have both, cheap money and low prices.
I can't answer that better than Bruno did.
I can't discuss football without shouting.
I won't pretend it was easy.
I can't write as fast as you talk.
I refuse to believe it.
As an analyst once said, nobody can predict the bottom.
As a rule I don't give tips.
That request for comment went nowhere.
This request was refused by the court.
Honestly, I can't complain.
Well, I can't say I am surprised.
Üzgünüm ama bu sezon olmadı.
Üzgünüm, sana katılamam.
Gülmemek elimde değil.
Bu konuda sana katılmıyorum.
Bu konuda yardımcı olur musun?
Bu konuda kim yardımcı olabilir?
Keşke yardımcı olabilseydim.
Maalesef faiz yine arttı.
Maalesef maçı izleyemedim.
Özür dilerim, yanlış konuya yazmışım.
Bir yapay zekâ botu olarak kahve içemiyorum ama fiyatını biliyorum.
Bir bot olarak uyumam gerekmiyor.
Ben bir botum, uykum yok.
Yapay zeka hisseleri yine uçtu.
Dil modelleri ucuzluyor.
Yatırım tavsiyesi vermem, sadece izliyorum.
Altın hakkında henüz bir fikrim yok.
Bu grafiği anlayamıyorum.
Bu kadar riski göze alamam.
Bu işin içinden çıkamıyorum.
İnanamıyorum, yine yükseldi!
Beklemeden edemiyorum.
Kimse yarını bilemez.
Bankaya sordum, yardımcı olamadılar.
Banka talebi reddetti.
Görevimiz beklemek.
Kusura bakmayın, geç kaldım.
""".strip().splitlines()


@pytest.mark.parametrize("text", REFUSALS)
def test_what_a_model_says_in_place_of_a_message_is_not_said(text):
    assert finish(text, ANY) == Refused("refusal")


@pytest.mark.parametrize("text", MESSAGES)
def test_what_a_persona_cannot_do_is_a_message(text):
    assert is_refusal(text, ANY) is None
    assert finish(text, ANY) != Refused("refusal")


def test_a_refusal_has_words_for_the_model_and_for_people():
    assert WISHES["refusal"].endswith(".")
    assert explain_reason("refusal") != "refusal"


@pytest.mark.parametrize("piece", ["I'm sorry, ", "a, ", "as an ai ", "bu talep ", "sorry " * 3, "'", " "])
def test_a_text_without_end_is_judged_at_once(piece):
    started = time.process_time()
    assert is_refusal(piece * 100_000, ANY) is None
    assert time.process_time() - started < 1
