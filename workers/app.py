"""The Celery app: its broker, its timetable, and how little it may keep in the queue."""

import gc
import logging
import os
import sys
from functools import cache
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_ready

from coaching.adapters.bell import DELIVER, DRAIN_EVENTS, KNOCK, SETTLE, SWEEP, TRANSPORT_OPTIONS
from coaching.adapters.house import House, build_house
from coaching.adapters.logs import set_up_logs
from coaching.settings import Settings, SettingsError, read_settings
from coaching.usecases.installation import holds_sample_clients

CONCURRENCY = 4
# Each says something every second, whether or not anything happens.
_TALKATIVE = ("celery.app.trace", "celery.worker.strategy", "celery.beat")


@cache
def settings() -> Settings:
    """Read the settings once; a fault stops the start with lines that name it."""
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - before any log is set up
        sys.exit(2)


@cache
def house() -> House:
    """Build what the tasks need on first use, so that no connection is made before the work begins."""
    return build_house(settings(), pool_size=CONCURRENCY + 2)


@setup_logging.connect
def _logs(**_: Any) -> None:
    set_up_logs(settings().log_level, settings().log_format)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


@worker_ready.connect
def _spare_the_collector(**_: Any) -> None:
    """What is loaded now stays; letters make thousands of small objects at once, none of them in circles.

    Measured: a fifth of the time that a letter of a campaign takes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


@worker_init.connect
def _refuse_sample(**_: Any) -> None:
    """Live mail and made-up clients never meet in one database."""
    if settings().mail_mode != "live":
        return
    with house().database.transaction() as session:
        if holds_sample_clients(session):
            sys.exit("MAIL_MODE: live refuses a database with sample clients; use one of its own")


app = Celery(
    "waypoint",
    broker=settings().redis_url,
    include=[
        "workers.ticking",
        "workers.follow_ups",
        "workers.reminders",
        "workers.delivery",
        "workers.settling",
        "workers.plans",
        "workers.digests",
        "workers.pauses",
        "workers.relationships",
        "workers.upkeep",
    ],
)
app.conf.update(
    # The queue holds no facts: a lost task is found again by the sweep, a doubled one finds nothing to do.
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_serializer="json",
    accept_content=["json"],
    broker_transport_options=TRANSPORT_OPTIONS,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_soft_shutdown_timeout=8,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
    timezone="UTC",
    beat_scheduler="workers.pulse:Timetable",
    beat_max_loop_interval=1,
    beat_schedule={
        "sweep": {"task": SWEEP, "schedule": 1.0, "options": {"expires": 5}},
        "settle": {"task": SETTLE, "schedule": 1.0, "options": {"expires": 5}},
        "drain": {"task": DRAIN_EVENTS, "schedule": 1.0, "options": {"expires": 5}},
        "deliver": {"task": DELIVER, "schedule": 5.0, "options": {"expires": 10}},
        "knock": {"task": KNOCK, "schedule": 20.0, "options": {"expires": 20}},
        "plans": {"task": "workers.plans.mind", "schedule": 60.0, "options": {"expires": 60}},
        "pauses": {"task": "workers.pauses.end_due", "schedule": 10.0, "options": {"expires": 10}},
        "digests": {"task": "workers.digests.write", "schedule": 60.0, "options": {"expires": 60}},
        "relationships": {
            "task": "workers.relationships.go_quiet",
            "schedule": 600.0,
            "options": {"expires": 300},
        },
        "upkeep": {"task": "workers.upkeep.tidy", "schedule": 600.0, "options": {"expires": 300}},
    },
)
