"""The judge, on journals written by hand: every figure, and every kind of failure seen."""

from typing import Any

import pytest

from sandbox.report.report import Report, build_report, percentile_95

ADA, BO = 11111111, 22222222
CHAT, OTHER_CHAT = -1001, -1002
MIRA, JONAS = 501, 502
START, END = 1000.0, 1090.0


class Run:
    """Writes the two journals of a run, event by event."""

    def __init__(self) -> None:
        self.telegram: list[dict[str, Any]] = []
        self.llm: list[dict[str, Any]] = []
        self._ids = 0
        for bot_id, username, name in ((ADA, "ada_bot", "Ada"), (BO, "bo_bot", "Bo Larsen")):
            self._tell("bot", 900.0, bot_id=bot_id, username=username, first_name=name, revoked=False)
        for chat_id in (CHAT, OTHER_CHAT):
            self._tell("chat", 901.0, chat_id=chat_id, title="A chat", type="supergroup")

    def _tell(self, event: str, t: float, **fields: Any) -> None:
        self.telegram.append({"t": t, "event": event, **fields})

    def person(self, t: float, text: str, *, bot: int | None = None, **fields: Any) -> int:
        self._ids += 1
        said = {"chat_id": CHAT, "from_id": MIRA, "from_name": "Mira", "reply_to_message_id": None, **fields}
        label = f"mention:{bot}" if bot else None
        self._tell("person_message", t, message_id=self._ids, text=text, label=label, source="control", **said)
        return self._ids

    def send(self, t: float, bot: int, text: str, to: int | None = None, **fields: Any) -> int:
        self._ids += 1
        chat_id = fields.pop("chat_id", CHAT)
        change = {
            "event": "bot_message",
            "bot_id": bot,
            "chat_id": chat_id,
            "message_id": self._ids,
            "text": text,
            "reply_to_message_id": to,
        }
        call = {"status": 200, "accepted": True, "fault": None, "params": {"text": text}, "change": change, **fields}
        self._tell("call", t, method="sendMessage", bot_id=bot, chat_id=chat_id, t0=t, **call)
        return self._ids

    def typing(self, t: float, bot: int, chat_id: int = CHAT) -> None:
        call = {"status": 200, "accepted": True, "params": {"chat_id": chat_id, "action": "typing"}}
        self._tell("call", t, method="sendChatAction", bot_id=bot, chat_id=chat_id, t0=t, **call)

    def refused(self, t: float, status: int, method: str = "sendMessage") -> None:
        self._tell("call", t, method=method, bot_id=ADA, chat_id=CHAT, t0=t, status=status, accepted=False, params={})

    def request(self, t0: float, *targets: tuple[int, str, str], status: int = 200, prompts: int = 1) -> None:
        described = [
            {"id": "u", "kind": "reply", "target_id": str(one), "target_text": text, "persona": persona}
            for one, text, persona in targets
        ]
        self.llm.append(
            {"t": t0 + 1, "event": "request", "t0": t0, "status": status, "prompts": prompts, "targets": described}
        )

    def report(self, **also: int) -> Report:
        return build_report(self.telegram, self.llm, START, END, **also)


@pytest.fixture
def run() -> Run:
    return Run()


def test_a_quiet_run_has_zeros_and_no_latencies(run: Run) -> None:
    assert run.report().as_json() == {
        "seconds": 90.0, "bots": 2, "chats": 2, "people_messages": 0, "mentions": 0, "mentions_answered": 0,
        "bot_messages": 0, "from_ticks": 0, "bots_that_spoke": 0, "distinct_texts": 0, "said_twice": 0, "lost": 0,
        "unknown": 0, "telegram_429": 0, "llm_429": 0, "llm_requests": 0, "prompts_per_request": 0.0,
        "mention_to_request_p95_s": None, "mention_to_sent_p95_s_less_typing": None, "processes_left": 0,
        "setup_s": None, "first_message_s": None, "environment_mb": None,
    }  # fmt: skip


def test_the_first_message_counts_from_the_command_even_before_the_watched_time(run: Run) -> None:
    run.refused(985.0, 500)
    run.send(990.5, ADA, "good morning")
    run.send(1010.0, BO, "hello")
    assert (run.report(begun=970).first_message_s, run.report().first_message_s) == (20.5, None)


def test_a_mention_is_answered_by_a_reply_of_that_bot(run: Run) -> None:
    asked = run.person(1010, "@ada_bot what about tea?", bot=ADA)
    run.person(1011, "nice weather")
    run.request(1010.4, (asked, "@ada_bot what about tea?", "Ada"))
    run.typing(1012.0, ADA)
    run.send(1015.0, ADA, "tea is fine", to=asked)
    report = run.report()
    assert (report.people_messages, report.mentions, report.mentions_answered, report.lost) == (2, 1, 1, 0)
    assert (report.bot_messages, report.bots_that_spoke, report.from_ticks) == (1, 1, 0)
    assert report.mention_to_request_p95_s == 0.4
    assert report.mention_to_sent_p95_s_less_typing == 2.0


@pytest.mark.parametrize("wrong", ["other bot", "other chat", "other message", "refused", "too late"])
def test_what_is_not_an_accepted_reply_of_that_bot_is_no_answer(run: Run, wrong: str) -> None:
    earlier = run.person(1001, "hello", from_id=JONAS, from_name="Jonas")
    asked = run.person(1010, "Ada, what about tea?", bot=ADA)
    if wrong == "other bot":
        run.send(1012, BO, "tea", to=asked)
    elif wrong == "other chat":
        run.send(1012, ADA, "tea", to=asked, chat_id=OTHER_CHAT)
    elif wrong == "other message":
        run.send(1012, ADA, "tea", to=earlier)
    elif wrong == "refused":
        run.refused(1012, 403)
    else:
        run.send(END + 1, ADA, "tea", to=asked)
    report = run.report()
    assert (report.mentions, report.mentions_answered, report.lost) == (1, 0, 1)


def test_a_mention_whose_author_was_spoken_to_later_is_unanswered_but_not_lost(run: Run) -> None:
    run.person(1010, "@ada_bot first", bot=ADA)
    second = run.person(1011, "@ada_bot second", bot=ADA)
    run.send(1015, ADA, "to both", to=second)
    report = run.report()
    assert (report.mentions, report.mentions_answered, report.lost) == (2, 1, 0)


def test_utterances_left_hanging_are_lost(run: Run) -> None:
    assert run.report(unsettled_utterances=3).lost == 3


def test_an_answer_that_dropped_its_connection_is_an_answer_and_unknown(run: Run) -> None:
    asked = run.person(1010, "@ada_bot tea?", bot=ADA)
    run.send(1012, ADA, "yes", to=asked, status=None, fault="latency+drop_after")
    report = run.report()
    assert (report.mentions_answered, report.lost, report.unknown, report.said_twice) == (1, 0, 1, 0)


def test_a_blind_repeat_after_a_dropped_connection_is_said_twice(run: Run) -> None:
    asked = run.person(1010, "@ada_bot tea?", bot=ADA)
    run.send(1012, ADA, "yes", to=asked, status=None, fault="drop_after")
    run.send(1014, ADA, "yes", to=asked)
    assert run.report().said_twice == 1


def test_two_different_answers_to_one_mention_are_said_twice(run: Run) -> None:
    asked = run.person(1010, "@ada_bot tea?", bot=ADA)
    for t, text in ((1012, "yes"), (1013, "no"), (1014, "maybe")):
        run.send(t, ADA, text, to=asked)
    assert run.report().said_twice == 2


def test_the_same_words_again_in_the_chat_are_said_twice(run: Run) -> None:
    run.send(1012, ADA, "Good morning")
    run.send(1050, ADA, "good  morning")
    report = run.report()
    assert (report.said_twice, report.distinct_texts) == (1, 2)


def test_the_same_words_to_another_message_are_not_said_twice_but_do_not_differ(run: Run) -> None:
    for t in (1010, 1020):
        run.send(t + 2, ADA, "Half convinced.", to=run.person(t, "@ada_bot tea?", bot=ADA))
    report = run.report()
    assert (report.said_twice, report.bot_messages, report.distinct_texts) == (0, 2, 1)


def test_the_same_words_by_another_bot_or_elsewhere_are_not_said_twice_but_do_not_differ(run: Run) -> None:
    run.send(1012, ADA, "Good morning")
    run.send(1013, BO, "Good morning")
    run.send(1014, ADA, "Good morning", chat_id=OTHER_CHAT)
    report = run.report()
    assert (report.said_twice, report.bot_messages, report.distinct_texts) == (0, 3, 1)


def test_an_answer_repeated_after_a_restart_counts_although_the_first_came_before_the_window(run: Run) -> None:
    asked = run.person(980, "@ada_bot tea?", bot=ADA)
    run.send(990, ADA, "yes", to=asked)
    run.send(1010, ADA, "indeed", to=asked)
    report = run.report()
    assert (report.said_twice, report.mentions, report.bot_messages) == (1, 0, 1)


def test_two_bots_may_answer_the_same_message(run: Run) -> None:
    asked = run.person(1010, "@ada_bot @bo_bot tea?", bot=ADA)
    run.send(1012, ADA, "yes", to=asked)
    run.send(1013, BO, "no", to=asked)
    assert run.report().said_twice == 0


@pytest.mark.parametrize(
    "prompt",
    [
        {"text": "what is new?", "bot": ADA},
        {"text": "and you, @ADA_bot, what now?"},
        {"text": "Ada, what is new?"},
    ],
)
def test_a_reply_to_a_person_who_addressed_the_bot_is_no_tick(run: Run, prompt: dict[str, Any]) -> None:
    asked = run.person(1010, **prompt)
    run.send(1012, ADA, "not much", to=asked)
    later = run.person(1020, "I see")
    run.send(1022, ADA, "good", to=later)
    run.send(1030, ADA, "Mira, one more thing")
    assert (run.report().bot_messages, run.report().from_ticks) == (3, 0)


def test_an_answer_to_a_reply_is_no_tick(run: Run) -> None:
    said = run.send(1010, ADA, "a thought")
    reply = run.person(1012, "why?", reply_to_message_id=said)
    run.send(1014, ADA, "because", to=reply)
    assert run.report().from_ticks == 1


def test_messages_that_nobody_prompted_come_from_ticks(run: Run) -> None:
    overheard = run.person(1010, "Adamant weather today", from_id=JONAS, from_name="Jonas")
    for_bo = run.person(1011, "@bo_bot what now?", bot=BO)
    run.send(1012, ADA, "indeed", to=overheard)
    run.send(1013, ADA, "may I add something", to=for_bo)
    run.send(1014, ADA, "and a new topic")
    run.send(1015, ADA, "elsewhere Mira is unknown", chat_id=OTHER_CHAT)
    run.send(1016, BO, "my answer", to=for_bo)
    assert run.report().from_ticks == 4


def test_a_tick_before_the_mention_stays_a_tick(run: Run) -> None:
    early = run.person(1010, "hello")
    run.send(1011, ADA, "hello Mira", to=early)
    run.person(1020, "@ada_bot tea?", bot=ADA)
    assert run.report().from_ticks == 1


def test_refusals_and_requests_are_counted_in_the_window_only(run: Run) -> None:
    for t in (990, 1010, 1020, END + 5):
        run.refused(t, 429)
        run.request(t, status=429)
    run.refused(1030, 429, method="sendChatAction")
    run.refused(1031, 403)
    run.request(1040, prompts=4)
    run.request(1050, prompts=7)
    run.request(1060, status=500, prompts=30)
    report = run.report()
    assert (report.telegram_429, report.llm_429, report.llm_requests) == (3, 2, 5)
    assert report.prompts_per_request == 5.5


def test_the_first_request_for_the_bot_counts_and_not_an_earlier_one_of_another(run: Run) -> None:
    asked = run.person(1010, "@ada_bot tea?", bot=ADA)
    run.request(1010.2, (asked, "@ada_bot tea?", "Bo Larsen"))
    run.request(1010.3, (asked, "something else", "Ada"))
    run.request(1010.6, (99, "nothing", "Ada"), (asked, " @ada_bot  TEA? ", "Ada"))
    run.request(1010.9, (asked, "@ada_bot tea?", "Ada"))
    assert run.report().mention_to_request_p95_s == 0.6


def test_a_persona_that_is_called_like_no_bot_is_taken_for_the_mentioned_one(run: Run) -> None:
    asked = run.person(1010, "@ada_bot tea?", bot=ADA)
    run.request(1010.5, (asked, "@ada_bot tea?", "The Countess"))
    assert run.report().mention_to_request_p95_s == 0.5


def test_an_answer_without_a_visible_request_does_not_flatter_the_latency(run: Run) -> None:
    asked = run.person(1010, "@ada_bot tea?", bot=ADA)
    run.send(1018, ADA, "yes", to=asked)
    assert run.report().mention_to_request_p95_s == 8.0


def test_without_typing_all_of_the_wait_counts(run: Run) -> None:
    asked = run.person(1010, "@ada_bot tea?", bot=ADA)
    run.typing(1005, ADA)
    run.typing(1011, BO)
    run.typing(1011, ADA, chat_id=OTHER_CHAT)
    run.send(1016, ADA, "yes", to=asked)
    run.typing(1017, ADA)
    assert run.report().mention_to_sent_p95_s_less_typing == 6.0


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], None), ([2.0], 2.0), ([float(n) for n in range(1, 21)], 19.0), ([1.0] * 19 + [9.0], 1.0), ([3.0, 9.0], 9.0)],
)
def test_the_95th_percentile_is_a_value_that_occurred(values: list[float], expected: float | None) -> None:
    assert percentile_95(values) == expected
