"""Property tests look for wrong results, not for slow ones: a busy machine must not fail them."""

from __future__ import annotations

import hypothesis

hypothesis.settings.register_profile("no-deadline", deadline=None)
hypothesis.settings.load_profile("no-deadline")
