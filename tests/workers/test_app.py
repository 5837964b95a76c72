"""The Celery app: every bell has a listener, and the queue keeps as little as can be."""

from types import ModuleType

from coaching.adapters.bell import TASK_NAMES


def test_every_bell_has_a_listener(workers_app: ModuleType) -> None:
    """The names that are rung are the names of registered tasks."""
    assert set(TASK_NAMES) <= set(workers_app.app.tasks)


def test_the_timetable_names_registered_tasks(workers_app: ModuleType) -> None:
    """Every bell is also rung by the clock, since rings may be lost; nothing else is in the timetable."""
    scheduled = {entry["task"] for entry in workers_app.app.conf.beat_schedule.values()}
    assert scheduled <= set(workers_app.app.tasks)
    assert set(TASK_NAMES) <= scheduled


def test_rings_of_the_clock_do_not_pile_up(workers_app: ModuleType) -> None:
    """While the workers are away, the queue holds a few rings, not hours of them."""
    for entry in workers_app.app.conf.beat_schedule.values():
        assert 0 < entry["options"]["expires"] <= 300


def test_the_queue_is_only_a_bell(workers_app: ModuleType) -> None:
    """Tasks are acknowledged late, keep no result, carry no pickles, and are fetched one at a time."""
    conf = workers_app.app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.task_ignore_result
    assert conf.result_backend is None
    assert conf.task_serializer == "json"
    assert conf.accept_content == ["json"]
    assert conf.worker_prefetch_multiplier == 1


def test_a_half_open_connection_does_not_hang_a_worker(workers_app: ModuleType) -> None:
    """Sockets to the broker have time-outs, and a lost broker is waited for without end."""
    options = workers_app.app.conf.broker_transport_options
    assert 0 < options["socket_timeout"] <= 30
    assert 0 < options["socket_connect_timeout"] <= 30
    assert workers_app.app.conf.broker_connection_max_retries is None


def test_no_task_takes_more_than_nothing(workers_app: ModuleType) -> None:
    """A ring carries no data: what is to be done stands in the tables."""
    own = [task for name, task in workers_app.app.tasks.items() if name.startswith("workers.")]
    assert len(own) >= len(TASK_NAMES)
    assert all(not task.run.__code__.co_argcount for task in own)
