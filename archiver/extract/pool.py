"""Extraction in worker processes: spawned, never forked beside a reactor; one that is stuck or dies is replaced."""

from __future__ import annotations

import multiprocessing
import pickle
import queue
import signal
import threading
from concurrent.futures import Future
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from archiver.errors import ArchiverError
from archiver.extract.task import ExtractionTask, SampleTask
from archiver.model.article import Extraction
from archiver.model.capture import Verdict
from archiver.model.sitemodel import SiteModel

if TYPE_CHECKING:
    from archiver.extract.sample import Sample

START_SECONDS = 60.0
"""How long a worker may take to load its libraries; not counted against a job."""


class ExtractionPool:
    """Runs jobs in ``workers`` processes, each job for at most ``timeout`` seconds.

    ``submit`` never blocks and may be called from any thread; each worker process has one thread here that feeds it.
    A worker that overruns or dies is killed and replaced, and its job gets an ``Extraction`` with the verdict error.
    """

    def __init__(self, workers: int, timeout: float) -> None:
        if workers < 1 or timeout <= 0:
            raise ValueError("a pool needs at least one worker and a timeout above 0")
        self._timeout = timeout
        self._jobs: queue.SimpleQueue[tuple[ExtractionTask | SampleTask, Future[Any]] | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._feed, name=f"extract-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, job: ExtractionTask) -> Future[Extraction]:
        """Have the job done; the future never raises for what a page holds. Raises ``RuntimeError`` when the pool is closed."""
        future: Future[Extraction] = Future()
        self._put(job, future)
        return future

    def sample(self, job: SampleTask) -> Future[Sample | None]:
        """Have a sample taken; None for a page that is no article, or on which the worker failed. Raises as ``submit`` does."""
        future: Future[Sample | None] = Future()
        self._put(job, future)
        return future

    def _put(self, job: ExtractionTask | SampleTask, future: Future[Any]) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("the pool is closed")
            self._jobs.put((job, future))

    def close(self) -> None:
        """Finish every job that was submitted, end the workers, and wait for them."""
        with self._lock:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _feed(self) -> None:
        worker = _Worker()
        try:
            while (item := self._jobs.get()) is not None:
                job, future = item
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    future.set_result(worker.run(job, self._timeout))
                except BaseException as error:  # noqa: BLE001  a bug of ours must reach whoever waits
                    future.set_exception(error)
                    worker.kill()
        finally:
            worker.end()


class _Worker:
    """One process at the other end of a pipe; started when first needed, and again after it was killed."""

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    def run(self, job: ExtractionTask | SampleTask, timeout: float) -> Extraction | Sample | None:
        answer = self._ask(job, timeout)
        if isinstance(job, ExtractionTask):
            return failed(answer, job.model) if isinstance(answer, str) else answer
        return None if isinstance(answer, str) else answer

    def _ask(self, job: ExtractionTask | SampleTask, timeout: float) -> Any:
        """The worker's answer; a text says what went wrong."""
        data = pickle.dumps(job)
        pipe = self._ready()
        if pipe is None:
            return "no worker process could be started"
        try:
            pipe.send_bytes(data)
            if not pipe.poll(timeout):
                self.kill()
                return f"not done within {timeout:g} seconds; the worker was killed"
            return pickle.loads(pipe.recv_bytes())  # noqa: S301  our own process wrote it
        except (EOFError, OSError):
            code = self.kill()
            return f"the worker process died (exit code {code})"

    def _ready(self) -> Connection | None:
        if self._process is not None and self._process.is_alive() and self._pipe is not None:
            return self._pipe
        self.kill()
        context = multiprocessing.get_context("spawn")
        for _ in range(2):
            ours, theirs = context.Pipe()
            self._process = context.Process(target=_work, args=(theirs,), name="archiver-extract", daemon=True)
            self._process.start()
            theirs.close()
            self._pipe = ours
            try:
                if ours.poll(START_SECONDS) and ours.recv_bytes() == b"ready":
                    return ours
            except (EOFError, OSError):
                pass
            self.kill()
        return None

    def kill(self) -> int | None:
        """End the process at once; its exit code."""
        code = None
        if self._process is not None:
            self._process.kill()
            self._process.join()
            code = self._process.exitcode
            self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None
        return code

    def end(self) -> None:
        """Ask the process to end, and see that it does."""
        if self._pipe is not None and self._process is not None:
            try:
                self._pipe.send_bytes(b"")
                self._process.join(5)
            except OSError:
                pass
        self.kill()


def failed(reason: str, model: SiteModel | None = None) -> Extraction:
    """The extraction of a page on which the extractor itself failed."""
    from archiver.extract.article_reader import extractor_with

    return Extraction(Verdict.ERROR, reason, extractor_with(model))


def _work(pipe: Connection) -> None:
    """A worker's life: load, say so, answer until an empty message or the parent's end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Loaded before the first job, so that it costs no job its time.
    from archiver.extract.article_reader import warm_up

    warm_up()
    pipe.send_bytes(b"ready")
    while True:
        try:
            data = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        if not data:
            return
        job: ExtractionTask | SampleTask = pickle.loads(data)  # noqa: S301  the parent's own
        try:
            answer: Extraction | Sample | str | None = _do(job)
        except (
            ArchiverError,
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
            RecursionError,
            MemoryError,
            AttributeError,
        ) as error:
            # A page that breaks the extractor is still archived: the verdict says what broke.
            answer = f"{type(error).__name__}: {error}"[:500]
        pipe.send_bytes(pickle.dumps(answer))


def _do(job: ExtractionTask | SampleTask) -> Extraction | Sample | None:
    from archiver.extract.article_reader import read_job, read_sample

    if isinstance(job, SampleTask):
        return read_sample(job.payload, url=job.url, at=job.at, content_type=job.content_type, site=job.site)
    return read_job(job)
