"""The worker's modules, imported once under settings of the tests."""

import importlib
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def workers_app() -> ModuleType:
    """Return `workers.app` as a worker has it: settings are read when it is imported, and only then.

    Celery keeps a register of its own beyond the modules, so they are imported once and stay.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "SECRET_KEYS": "a-key-for-tests-that-is-long-enough-0001",
            "HASH_PEPPER": "a-pepper-for-tests-that-is-long-enough-1",
        }.items():
            patch.setenv(name, value)
        module = importlib.import_module("workers.app")
        module.app.loader.import_default_modules()
    return module
