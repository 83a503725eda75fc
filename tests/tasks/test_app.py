"""The Celery app as a worker and beat see it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from celery.schedules import crontab

from app import queues
from app.adapters.telegram import bot_api
from app.config import Settings
from app.services import delivery
from app.services.lanes import claiming
from app.services.providers.listing import from_environment
from beat_schedule import build_schedule

NAMES = {value for name, value in vars(queues).items() if name.startswith("TASK_")}


def test_every_task_has_a_name_of_ours_and_every_name_a_task(worker):
    ours = {name for name in worker.app.tasks if not name.startswith("celery.")}
    assert ours == NAMES


def test_messages_are_json_and_results_are_not_kept(worker):
    conf = worker.app.conf
    assert (conf.task_serializer, list(conf.accept_content)) == ("json", ["json"])
    assert conf.task_ignore_result
    assert conf.result_backend is None


def test_a_task_is_acknowledged_after_its_work_and_given_back_when_its_worker_dies(worker):
    assert worker.app.conf.task_acks_late
    assert worker.app.conf.task_reject_on_worker_lost
    assert all(worker.app.tasks[name].acks_late for name in NAMES)


def test_queues_are_not_split_by_priority(worker):
    assert worker.app.conf.broker_transport_options["priority_steps"] == [0]


def test_the_broker_gives_no_message_out_again_while_the_longest_task_may_still_run(worker):
    visibility_s = worker.app.conf.broker_transport_options["visibility_timeout"]
    request_s = Settings.model_fields["llm_timeout_s"].default + claiming.LEASE_MARGIN_S
    sends_s = delivery.BATCH * (bot_api.CONNECT_TIMEOUT_S + bot_api.READ_TIMEOUT_S)
    assert visibility_s > 2 * request_s
    assert visibility_s > 2 * sends_s


def test_every_task_is_routed_to_a_queue_that_is_declared(worker):
    declared = {queue.name for queue in worker.app.conf.task_queues}
    assert declared == {*queues.IO_QUEUES, *queues.tick_queues(8)}
    for name in NAMES - {queues.TASK_TICK}:
        assert worker.app.amqp.router.route({}, name)["queue"].name in declared
    assert worker.app.conf.task_default_queue in declared
    assert not worker.app.conf.task_create_missing_queues


@pytest.mark.parametrize("entry", build_schedule(0.5))
def test_every_entry_of_beat_names_a_task_a_queue_and_when_it_is_no_longer_worth_running(worker, entry):
    described = worker.app.conf.beat_schedule[entry]
    assert described["task"] in worker.app.tasks
    assert described["options"]["queue"] in {queue.name for queue in worker.app.conf.task_queues}
    when, expires = described["schedule"], described["options"]["expires"]
    assert expires > 0
    if not isinstance(when, crontab):
        every_s = when.run_every.total_seconds()
        assert every_s < expires <= max(30, 5 * every_s)


def test_beat_has_few_entries_and_dispatches_as_often_as_the_settings_say(worker):
    schedule = build_schedule(0.25)
    assert len(schedule) <= 10
    assert schedule["dispatch"]["schedule"].run_every.total_seconds() == 0.25


def test_sdk_retries_and_task_events_are_off(worker):
    assert not worker.app.conf.worker_send_task_events
    [listed] = from_environment(worker.runtime.settings).providers
    assert worker.runtime.chains.client(listed)._client.max_retries == 0


def test_a_worker_without_its_settings_says_which_are_missing(tmp_path):
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", "import tasks.celery"]
    told = subprocess.run(command, env=bare, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert told.returncode != 0
    assert all(name in told.stderr for name in ("DATABASE_URL", "BROKER_URL", "SECRET_KEY", "is missing"))
