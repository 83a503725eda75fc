"""What a persona's own words for its tone, its style and its opinions mean to a phrasebook."""

from sandbox.llm.phrasebook import Phrasebook
from sandbox.llm.prompts import Persona, Stance

TONES = (
    ("warm", ("warm", "friend", "kind", "cheer", "sıcak", "samimi", "neşeli", "nazik")),
    ("dry", ("dry", "sarcas", "ironic", "deadpan", "cynic", "alayc", "iğneley", "kuru")),
    ("curious", ("curious", "inquis", "question", "merak")),
    ("blunt", ("blunt", "direct", "contrar", "provoc", "sert", "dobra", "açık sözlü")),
    (
        "analytic",
        ("analy", "precis", "technic", "careful", "formal", "academ", "analitik", "teknik", "titiz"),
    ),
    ("playful", ("playful", "fun", "humor", "humour", "witty", "joke", "şakacı", "esprili", "eğlenceli")),
)
SHORT_STYLES = ("short", "terse", "brief", "laconic", "concise", "kısa", "özlü")
ASKING_STYLES = ("question", "asks", "socratic", "soru")
EMOJI_STYLES = ("emoji",)


def tone_of(persona: Persona) -> str:
    """The phrasebook's tone nearest to the persona's own words for it; `calm` when none is near."""
    described = persona.tone.lower()
    return next((tone for tone, signs in TONES if describes(described, signs)), "calm")


def read_position(position: str, book: Phrasebook) -> str:
    """A position in the book's words: a number from -1 to 1 is named, known words translated, others kept."""
    try:
        number = float(position)
    except ValueError:
        return book.positions.get(position.lower(), position.rstrip("."))
    if abs(number) < 0.2:
        return book.positions["neutral"]
    return book.positions["positive" if number > 0 else "negative"]


def sureness_of(stance: Stance) -> int:
    """0, 1 or 2: the place of the stance's confidence in the phrasebook's `sureness`."""
    if stance.confidence is None:
        return 1
    return min(2, max(0, int(stance.confidence * 3)))


def describes(description: str, signs: tuple[str, ...]) -> bool:
    """Whether one of `signs` stands in a description in lower case."""
    return any(sign in description for sign in signs)
