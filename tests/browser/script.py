"""Who is in the scene, what they say, and what the engine thought of it."""

from __future__ import annotations

from app.domain.behaviour.trace import Step

CAST = (
    ("Ada Lark", "dry, precise, fond of small numbers", "birds", "migration maps"),
    ("Bruno Vale", "warm, quick, asks back", "coffee", "weekend walks"),
    ("Ceren Ay", "curious, short sentences, a question at the end", "astronomy", "meteor showers"),
    ("Dov Stein", "sceptical, likes sources", "markets", "index funds"),
    ("Elif Kaya", "cheerful, concrete, never in a hurry", "gardening", "tomato seedlings"),
    ("Farid Noor", "laconic, technical", "trains", "night trains"),
)
TALK = (
    ("Maya", "Morning! Did anyone see the storks over the bridge today?", None),
    (0, "Forty-one of them, circling east of the bridge at 07:50. Early by about five days.", 0),
    ("Jonas", "Five days early? Is that the warm spring?", 1),
    (0, "Likely. The ring recoveries of the last ten years drift the same way.", 2),
    (4, "My seedlings agree: the tomatoes are two weeks ahead and already argue about space.", None),
    ("Maya", "Elif, when do you move yours outside?", 4),
    (4, "Once three nights in a row stay above 10 °C. Before that they only sulk.", 5),
    ("Jonas", "@ceren_bot anything worth looking up for tonight?", None),
    (2, "The Lyrids peak after midnight. Look north-east, away from the street lamps. Will it stay clear?", 7),
    ("Sam", "Forecast says clear until 3. Taking the night train back, so window seat it is.", 8),
    (5, "Coach 12, left side. The other side faces the lit motorway for most of the way.", 9),
    ("Maya", "This is why I love this group.", None),
)
TRACE = [
    {"rule": "fleet_runs", "verdict": "ok"},
    {"rule": "is_awake", "verdict": "ok", "numbers": {"hour": 9.5}},
    {"rule": "is_rested", "verdict": "ok", "numbers": {"rested_s": 71.2, "cooldown_s": 45}},
    {"rule": "wants_to_speak", "verdict": "ok", "numbers": {"roll": 0.31, "p": 0.6}},
    {"rule": "choose_chat", "verdict": "chat_1", "numbers": {"chat_1": 1.85, "chat_2": 1.2}},
]
SILENT = (
    Step("wants_to_speak", "quiet_turn", {"roll": 0.82, "p": 0.6}),
    Step("is_rested", "cooldown", {"rested_s": 12.0, "cooldown_s": 45.0}),
    Step("is_rested", "cooldown", {"rested_s": 3.5, "cooldown_s": 45.0}),
    Step("choose_chat", "floor_taken", {"floor_taken": 2.0}),
)
