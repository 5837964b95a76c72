# One image for every process: which one it becomes is the command (see Procfile and docker-compose.yml).
# Python 3.11 because that is what the tests run on.

FROM python:3.11-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock .
# Hashes or nothing: a package that differs from the lock file by one byte is refused.
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r requirements.lock
COPY . /app
RUN /venv/bin/pip install --no-deps --no-build-isolation --editable /app \
    && /venv/bin/python -m compileall -q /venv/lib /app

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin waypoint
COPY --from=packages /venv /venv
COPY --from=packages /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PORT=8000 \
    WAYPOINT_HOME=/tmp/waypoint
WORKDIR /app
# The files above belong to root: the process can read its own code and not change it.
USER waypoint
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/readyz', timeout=4)"]
CMD ["sh", "-c", "exec granian --interface wsgi --host 0.0.0.0 --port $PORT --workers 2 --blocking-threads 8 --respawn-failed-workers --no-access-log api.wsgi:app"]
