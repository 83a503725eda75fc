"""The settings that operators change while the fleet runs: a default, a range, a unit and a sentence of help each.

One module per section, with the fields of its settings; `fleet.py` combines them, `parsing.py` parses values, and
`book.py` resolves scopes.
"""

from app.domain.settings.fields import ScopeKind
from app.domain.settings.fleet import DEFAULTS, GROUPS, SPECS, FleetSettings
from app.domain.settings.parsing import Value, parse_setting, scopes_of, settings_from, spec_of, valid_overrides

__all__ = [
    "DEFAULTS",
    "GROUPS",
    "SPECS",
    "FleetSettings",
    "ScopeKind",
    "Value",
    "parse_setting",
    "scopes_of",
    "settings_from",
    "spec_of",
    "valid_overrides",
]
