"""Maps a persona's free-text tone, style and opinions to a phrasebook's terms."""

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
    """Returns the phrasebook's tone nearest to the persona's description; `calm` when none matches."""
    described = persona.tone.lower()
    return next((tone for tone, signs in TONES if describes(described, signs)), "calm")


def read_position(position: str, book: Phrasebook) -> str:
    """Returns a position in the book's words: numbers from -1 to 1 and known words are translated, others kept."""
    try:
        number = float(position)
    except ValueError:
        return book.positions.get(position.lower(), position.rstrip("."))
    if abs(number) < 0.2:
        return book.positions["neutral"]
    return book.positions["positive" if number > 0 else "negative"]


def sureness_of(stance: Stance) -> int:
    """Returns 0, 1 or 2: the index of the stance's confidence in the phrasebook's `sureness`."""
    if stance.confidence is None:
        return 1
    return min(2, max(0, int(stance.confidence * 3)))


def describes(description: str, signs: tuple[str, ...]) -> bool:
    """Whether a description in lower case contains one of `signs`."""
    return any(sign in description for sign in signs)
