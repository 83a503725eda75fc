"""Detection of calls to the whole group."""

from __future__ import annotations

import re

EVERYONE = re.compile(
    r"@[ _-]?(?:everyone|everybody|herkes(?:e|i)?|tumunuz|hepiniz|tumu|allmembers|all_members)(?![\w])|<!(?:here|"
    r"channel|everyone)>|@(?:all|here|channel|room|group|online|admins?|members|team|chat|grup|"
    r"yoneticiler)(?![\w.])"
)


def calls_everyone(text: str) -> bool:
    """Returns whether a folded text calls the whole group."""
    return EVERYONE.search(text) is not None
