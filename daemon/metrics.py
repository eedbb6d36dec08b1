"""Figures for Prometheus, and whether the daemon is alive and ready, over HTTP on a loopback address.

What the database knows is read from it at every scrape, so the figures are true after a restart too and whoever did
the work. What only the daemon knows (the outcome of each file it took) is counted since it began.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from threading import Thread
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from daemon.care.jobs import UNDER_WAY
from daemon.db import Store, reading
from daemon.errors import HouseError, OperatorError
from daemon.returns.report import PILES
from daemon.wiring import House

OUTCOMES = ("applied", "repeat", "stopped", "set_aside")
STATES = ("new", "work", "done", "set-aside")


class Figures:
    """The registry of one daemon: counts of its own, and a collector that asks the database.

    Args:
        house: gives the house as it is now; its settings may be read again.
    """

    def __init__(self, house: Callable[[], House]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.files = Counter(
            "listkeeper_files", "Files this daemon has finished, by outcome.", ["outcome"], registry=self.registry
        )
        self.runs = Counter(
            "listkeeper_job_runs", "Runs of jobs, by how they ended.", ["job", "state"], registry=self.registry
        )
        self.digests_unsent = 0
        for outcome in OUTCOMES:
            self.files.labels(outcome)
        self.registry.register(_Asked(house, self))

    def count(self, results: Iterable[Mapping[str, Any]]) -> None:
        """Count the outcome of each file."""
        for result in results:
            self.files.labels(result["status"]).inc()

    def page(self) -> bytes:
        """Return all of it as Prometheus reads it."""
        return generate_latest(self.registry)


class _Asked(Collector):
    """What is asked of the database and the spool, afresh for each scrape."""

    def __init__(self, house: Callable[[], House], figures: Figures) -> None:
        self._house = house
        self._figures = figures

    def describe(self) -> Iterable[Metric]:
        return []  # registering asks nothing

    def collect(self) -> Iterator[Metric]:
        house = self._house()
        engine = house.engine.dialect.name
        labels = ["version", "python", "database"]
        build = GaugeMetricFamily("listkeeper_build_info", "Which version this is.", labels=labels)
        build.add_metric([version("listkeeper"), platform.python_version(), engine], 1)
        yield build
        yield GaugeMetricFamily(
            "listkeeper_digests_unsent", "Digests that nobody could be told yet.", self._figures.digests_unsent
        )
        yield from _spool(house)
        try:
            with reading(house.engine) as store:
                yield from _ledger(store)
                yield from _feeds(store, house)
                yield from _jobs(store)
                yield _care(store)
        except HouseError:
            yield GaugeMetricFamily("listkeeper_database_up", "1 where the database answers.", 0)
        else:
            yield GaugeMetricFamily("listkeeper_database_up", "1 where the database answers.", 1)


def _spool(house: House) -> Iterator[Metric]:
    files = GaugeMetricFamily("listkeeper_spool_files", "Files in a folder of the spool.", labels=["folder"])
    sizes = GaugeMetricFamily("listkeeper_spool_bytes", "Bytes in a folder of the spool.", labels=["folder"])
    for state in STATES:
        count = size = 0
        for path in (house.home / "spool" / state).rglob("*"):
            with suppress(FileNotFoundError):
                if path.is_file() and not path.name.endswith(".reason.json"):
                    count, size = count + 1, size + path.stat().st_size
        files.add_metric([state], count)
        sizes.add_metric([state], size)
    yield from (files, sizes)


def _ledger(store: Store) -> Iterator[Metric]:
    taken: dict[str, int] = dict(store.all("SELECT state, count(*) FROM taken_file GROUP BY state"))
    ledger = GaugeMetricFamily("listkeeper_taken_files", "Files in the ledger, by where they are.", labels=["state"])
    for state in STATES:
        ledger.add_metric([state], taken.get(state, 0))
    batches = GaugeMetricFamily("listkeeper_batches", "Batches, by kind and status.", labels=["kind", "status"])
    for kind, status, count in store.all("SELECT kind, status, count(*) FROM batch GROUP BY kind, status"):
        batches.add_metric([kind, status], count)
    sums = ", ".join(f"coalesce(sum({pile}), 0)" for pile in PILES)
    # A batch that was undone has been read all the same: a counter never goes back.
    row = store.all(f"SELECT {sums} FROM batch")[0]
    records = CounterMetricFamily("listkeeper_records", "Records of all batches ever, by outcome.", labels=["outcome"])
    for pile, count in zip(PILES, row, strict=True):
        records.add_metric([pile], int(count))
    asked = store.value("SELECT count(*) FROM review_item WHERE status = 'open'")
    questions = GaugeMetricFamily("listkeeper_questions_open", "Questions that wait for a person.", asked)
    yield from (ledger, batches, records, questions)


def _feeds(store: Store, house: House) -> Iterator[Metric]:
    rows = {row[0]: row[1:] for row in store.all("SELECT feed, state, last_ok, waiting FROM feed_state")}
    now = house.now()
    well = GaugeMetricFamily("listkeeper_feed_ok", "1 where the last look at a feed went well.", labels=["feed"])
    age = GaugeMetricFamily(
        "listkeeper_feed_last_ok_age_seconds", "Seconds since a look at the feed went well.", labels=["feed"]
    )
    waiting = GaugeMetricFamily("listkeeper_feed_waiting_files", "Files that are not whole yet.", labels=["feed"])
    for feed in house.settings.feeds:
        state, last_ok, count = rows.get(feed.name, ("never", "", 0))
        well.add_metric([feed.name], state == "ok")
        waiting.add_metric([feed.name], count)
        if last_ok:
            age.add_metric([feed.name], max(0.0, (now - datetime.fromisoformat(last_ok)).total_seconds()))
    yield from (well, age, waiting)


def _jobs(store: Store) -> Iterator[Metric]:
    done = GaugeMetricFamily(
        "listkeeper_job_last_success_timestamp_seconds", "When a run of the job was last done.", labels=["job"]
    )
    rows = store.all(
        """SELECT job, finished_at FROM job_run
        WHERE id IN (SELECT max(id) FROM job_run WHERE state = 'done' GROUP BY job) ORDER BY job"""
    )
    for job, at in rows:
        done.add_metric([job], datetime.fromisoformat(at).timestamp())
    yield done


def _care(store: Store) -> Metric:
    found: dict[str, int] = dict(store.all("SELECT state, count(*) FROM care_job GROUP BY state"))
    jobs = GaugeMetricFamily("listkeeper_care_jobs", "Jobs at engines that are not closed, by state.", labels=["state"])
    for state in (*UNDER_WAY, "failed", "stopped"):
        jobs.add_metric([state], found.get(state, 0))
    return jobs


class Door:
    """A small web server: `/metrics`, `/healthz`, `/readyz`.

    Args:
        healthy: None while the daemon is alive, else a sentence.
        ready: None while it is at work and its database answers, else a sentence.
    """

    def __init__(
        self, listen: str, page: Callable[[], bytes], healthy: Callable[[], str | None], ready: Callable[[], str | None]
    ) -> None:
        answers: dict[str, Callable[[], tuple[int, str, bytes]]] = {
            "/metrics": lambda: (200, CONTENT_TYPE_LATEST, page()),
            "/healthz": lambda: _well(healthy()),
            "/readyz": lambda: _well(ready()),
        }

        class Answer(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self) -> None:
                answer = answers.get(self.path.partition("?")[0])
                try:
                    code, kind, body = answer() if answer else (404, "text/plain", b"/metrics /healthz /readyz\n")
                except Exception:  # a scrape that fails says so, and no more
                    code, kind, body = 500, "text/plain", b"not now\n"
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                """Say nothing: a scrape is no news."""

        self.listen = listen
        host, _, port = listen.rpartition(":")
        try:
            self._server = _Server((host.strip("[]"), int(port)), Answer)
        except (OSError, OverflowError) as error:
            raise OperatorError(
                f"metrics.listen: {listen} cannot be listened on ({type(error).__name__}); is the port taken?"
            ) from error
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="metrics")
        self._thread.daemon = True
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], answer: type[BaseHTTPRequestHandler]) -> None:
        if ":" in address[0]:
            import socket

            self.address_family = socket.AF_INET6
        super().__init__(address, answer)

    def handle_error(self, *_args: object) -> None:
        """Say nothing: whoever asked went away."""


def _well(trouble: str | None) -> tuple[int, str, bytes]:
    return (503, "text/plain", f"{trouble}\n".encode()) if trouble else (200, "text/plain", b"ok\n")
