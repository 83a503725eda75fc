"""The summary that `chorus up` prints when everything is ready."""

from __future__ import annotations

import os

from app.cli.stack.composition import Composition
from app.cli.stack.processes import FLOWER_USER, admin_url
from app.services.access.users import FIRST_ADMIN


def describe(composition: Composition) -> str:
    """Returns addresses, the first admin's one-time password, which services are real or sandboxes, and paths."""
    home, url = composition.home, admin_url(composition.settings)
    rows = [("Admin", url), ("Sign in", _sign_in(composition.first_admin.password))]
    if composition.flower_port is not None:
        password_file = _near(str(home.keys / "flower_password"))
        rows.append(
            ("Flower", f"http://127.0.0.1:{composition.flower_port}  (user {FLOWER_USER}, password in {password_file})")
        )
    rows += [
        ("Metrics", f"{url}/metrics{_worker_metrics(composition)}"),
        ("Model", composition.llm.description),
        ("Telegram", composition.telegram.description),
        ("Servers", _servers(composition)),
        ("Data", _near(str(home.path))),
        ("Logs", _near(str(home.logs))),
        *(("Warning", warning) for warning in composition.warnings),
    ]
    table = "\n".join(f"  {name:<9} {value}" for name, value in rows)
    count = len(composition.plan.specs)
    return (
        f"\nChorus is up: {count} processes.\n\n{table}\n\n"
        "Ctrl-C stops everything. In another terminal, `chorus doctor` checks the installation.\n"
    )


def _sign_in(password: str | None) -> str:
    if password is None:
        return f"as before (forgotten: chorus user reset-password {FIRST_ADMIN})"
    return f"{FIRST_ADMIN} / {password}  (shown once; to be changed at the first sign-in)"


def _servers(composition: Composition) -> str:
    embedded = ["PostgreSQL"] if composition.servers.postgres else []
    embedded += ["Redis"] if composition.servers.redis else []
    own = [name for name in ("DATABASE_URL", "BROKER_URL", "CACHE_URL") if name not in composition.servers.urls]
    parts = [f"embedded {' and '.join(embedded)}"] if embedded else []
    parts += [f"yours by {', '.join(own)}"] if own else []
    return "; ".join(parts)


def _worker_metrics(composition: Composition) -> str:
    ports = [spec.env["METRICS_PORT"] for spec in composition.plan.specs if "METRICS_PORT" in spec.env]
    return f"  (workers and poller: ports {', '.join(ports)})" if ports else ""


def _near(path: str) -> str:
    """Returns a path below the working folder in its relative form."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
