"""Load users: operators in the admin, programs at the JSON API, and probes.

    CHORUS_USER=load CHORUS_PASSWORD=… locust --headless --users 10 --spawn-rate 2 --run-time 60s \
        --host http://127.0.0.1:8080

The account must be past its first sign-in: a one-time password lets nobody in. See the README.
"""

from __future__ import annotations

import os
import re
import time
from typing import Any

from locust import HttpUser, between, events, task
from locust.env import Environment
from locust.exception import StopUser

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
VARIABLES = ("CHORUS_USER", "CHORUS_PASSWORD")
STREAM_S = float(os.environ.get("CHORUS_STREAM_S", "3"))
"""Seconds within which an event stream must bring counters; a busy machine may need more."""


@events.init.add_listener
def check_account(environment: Environment, **_: Any) -> None:
    """Ends the run at once, with status 2 and a clear sentence, when there is no account to sign in with."""
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing:
        raise SystemExit(
            f"{' and '.join(missing)} must be set to an account of the admin: make one with `chorus user create load`, "
            "sign in once in a browser to replace its one-time password, and put both into the environment."
        )


class SignedIn(HttpUser):
    """Signs in as a person does. The one account has many sessions: signing in ends no other."""

    abstract = True
    wait_time = between(1, 3)

    def on_start(self) -> None:
        """Fetches the form, sends it with its token, and stops this user when that does not open the dashboard."""
        token = CSRF.search(self.client.get("/sign-in").text)
        form = {
            "csrf_token": token[1] if token else "",
            "username": os.environ["CHORUS_USER"],
            "password": os.environ["CHORUS_PASSWORD"],
        }
        with self.client.post("/sign-in", data=form, allow_redirects=False, catch_response=True) as answer:
            if answer.status_code != 302:
                answer.failure(f"not signed in ({answer.status_code}): check CHORUS_USER and CHORUS_PASSWORD")
                raise StopUser
        with self.client.get("/", allow_redirects=False, name="/", catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure("the account must change its one-time password first: sign in with a browser once")
                raise StopUser

    def pick_chat(self) -> int | None:
        """The id of a chat, or None in an empty installation."""
        items = self.client.get("/api/v1/chats").json()["items"]
        return int(items[0]["id"]) if items else None


class Operator(SignedIn):
    """Watches the dashboard and a chat, and looks through the lists."""

    weight = 5

    def on_start(self) -> None:
        """Signs in, and chooses the chat to watch."""
        super().on_start()
        self.chat_id = self.pick_chat()

    @task(4)
    def watch_dashboard(self) -> None:
        """The page, then what it asks for again on its own."""
        self.client.get("/", name="/")
        self.client.get("/dashboard/fragment")
        self.client.get("/events/counters")

    @task(3)
    def look_through_lists(self) -> None:
        """Bots and chats, and a search."""
        self.client.get("/bots/")
        self.client.get("/bots/?q=a", name="/bots/?q=")
        self.client.get("/chats/")

    @task(3)
    def watch_chat(self) -> None:
        """The live view of a chat, and its refresh."""
        if self.chat_id is not None:
            self.client.get(f"/chats/{self.chat_id}/live", name="/chats/[id]/live")
            self.client.get(f"/chats/{self.chat_id}/live/fragment", name="/chats/[id]/live/fragment")

    @task
    def look_at_settings(self) -> None:
        """The settings page."""
        self.client.get("/settings/")

    @task(2)
    def listen(self) -> None:
        """The event stream until the first counters; when all places are taken the server says so, and a page polls."""
        with self.client.get("/events", stream=True, catch_response=True, timeout=STREAM_S + 7) as answer:
            if answer.status_code == 503:
                answer.success()
                self.client.get("/events/counters")
            elif answer.status_code == 200:
                self.read_counters(answer)

    def read_counters(self, answer: Any) -> None:
        """Reads events until counters came; their absence is a failure."""
        deadline = time.monotonic() + STREAM_S
        for line in answer.iter_lines(decode_unicode=True):
            if line == "event: counters":
                answer.success()
                break
            if time.monotonic() > deadline:
                answer.failure(f"no counters within {STREAM_S:g} s")
                break
        answer.close()


class Program(SignedIn):
    """Reads the JSON API."""

    weight = 2

    @task(3)
    def read_overview(self) -> None:
        """The dashboard's numbers."""
        self.client.get("/api/v1/overview")

    @task(2)
    def read_fleet(self) -> None:
        """Bots with the details of the first, and chats."""
        bots = self.client.get("/api/v1/bots").json()["items"]
        if bots:
            self.client.get(f"/api/v1/bots/{bots[0]['id']}", name="/api/v1/bots/[id]")
        self.client.get("/api/v1/chats")

    @task
    def read_settings(self) -> None:
        """The fleet's settings."""
        self.client.get("/api/v1/settings")


class Probe(HttpUser):
    """What a load balancer and Prometheus ask for; needs no account."""

    weight = 1
    wait_time = between(1, 2)

    @task
    def probe(self) -> None:
        """Alive, ready, and the metrics page."""
        self.client.get("/healthz")
        self.client.get("/readyz")
        self.client.get("/metrics")
