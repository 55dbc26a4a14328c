"""Many machines: the inputs in shards, each of them a task on a cluster of Dask's `distributed`.

    communique run press/ --cluster tcp://scheduler:8786 --output records/
    communique run press/ --cluster local --output records/        the same on the processors of this machine

Only paths go through the scheduler: every machine sees the same folders, under the same names. A task reads its shard
with a supervised process, as a run without a cluster does, and writes its records as one .jsonl file, whole or not at
all; it can be done twice and gives the same bytes. The shards in their order are the .jsonl file of a local run. A
shard that is finished is kept, so a run whose driver was killed goes on when it is started again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import ingest, pieces, rulefiles, runs, state, writers
from pipeline.child import Config, Outcome
from pipeline.errors import CommuniqueError, UsageError
from pipeline.pieces import Piece
from pipeline.workers import Job, Workers, processors

if TYPE_CHECKING:
    from distributed import Client

LOCAL = "local"
AHEAD = 3  # shards a thread that wait or are under way: no thread waits, and the scheduler is never flooded
TRIES = 3  # of a shard that fails for reasons of its machine

Item = tuple[Piece, Outcome | None]
"""A piece to read, or what is known of it without reading it."""


@dataclass(frozen=True)
class Shard:
    """Some pieces of the inputs, in order, and the file that their records go to.

    `folder` is where the run was started: paths are seen from there, so that records name them as a local run does.
    """

    items: tuple[Item, ...]
    folder: str
    records: str

    @property
    def report(self) -> Path:
        """What became of each document; it is there before the records are."""
        return _report(Path(self.records))


def run(
    inputs: Sequence[str | Path],
    output: str,
    config: Config,
    address: str,
    shard_size: int,
    workers: int | None = None,
    force: bool = False,
) -> Generator[Outcome, None, None]:
    """Read all inputs on a cluster, and write their records as shards into the folder `output`, with a manifest.

    `address` is that of a scheduler, or "local" for `workers` processes here. Yields what became of each document, in
    the order of the inputs, once its shard is finished. Raises UsageError when the run cannot start.
    """
    if output == writers.STANDARD_OUTPUT or output.endswith(".jsonl"):
        raise UsageError(f"--output {output}: a cluster writes shards into a folder; name one.")
    if ingest.STANDARD_INPUT in map(str, inputs):
        raise UsageError("Other machines cannot read standard input; give --cluster files or folders.")
    if config.rules is not None:
        rulefiles.check_folder(config.rules)
    config = replace(config, indent=None)
    folder = writers.Folder(Path(output)).path.resolve()
    with state.lock(folder), _client(address, workers) as client:
        manifest = []
        for shard, outcomes in _done(client, _shards(inputs, folder, config, shard_size), config, force):
            manifest.append(_entry(shard, outcomes))
            yield from outcomes
        _finish(folder, manifest)


def process_shard(shard: Shard, config: Config) -> list[dict[str, Any]]:
    """Read a shard and write its records; what became of each document, without its text.

    Pure but for its two files: a shard gives the same bytes wherever and however often it is processed.
    """
    told = []
    jobs = [Job(piece, [known] if known else [], done=known is not None) for piece, known in shard.items]
    with _crew(config, shard.folder) as crew, writers.whole(Path(shard.records)) as file:
        for job in crew.read(jobs):
            for outcome in job.outcomes:
                if outcome.text is not None:
                    file.write(outcome.text + "\n")
                    outcome = replace(outcome, text=None, written_to=shard.records)
                told.append(asdict(outcome))
        with writers.whole(shard.report) as report:
            json.dump(told, report)
    return told


def _shards(inputs: Sequence[str | Path], folder: Path, config: Config, size: int) -> Iterator[Shard]:
    """The inputs in shards; a shard's name changes with what it holds and with what reads it."""
    reader = runs.fingerprint(config)
    planned = pieces.plan(inputs, config.limits)
    for number in count(1):
        items = tuple(
            (item, None) if isinstance(item, Piece) else (Piece(item.path, item.id), Outcome(**asdict(item)))
            for item in islice(planned, size)
        )
        if not items:
            return
        held = json.dumps([reader, [[asdict(piece), _stamp(piece), known and known.reason] for piece, known in items]])
        name = f"shard-{number:06}-{hashlib.sha256(held.encode()).hexdigest()[:12]}.jsonl"
        yield Shard(items, str(Path.cwd()), str(folder / name))


def _stamp(piece: Piece) -> list[int]:
    """Size and time of a file, which stand for its content; a line of a .jsonl file has its hash."""
    try:
        stat = Path(piece.path).stat()
    except OSError:
        return []
    return [] if piece.line else [stat.st_size, stat.st_mtime_ns]


def _done(
    client: Client, shards: Iterator[Shard], config: Config, force: bool
) -> Iterator[tuple[Shard, list[Outcome]]]:
    """Every shard with its outcomes, in order; a bounded number of them is under way."""
    from distributed import KilledWorker

    window: deque[tuple[Shard, Any]] = deque()
    more = True
    while more or window:
        shard = next(shards, None)
        more = shard is not None
        if shard is not None:
            kept = None if force else _kept(shard)
            key = Path(shard.records).stem
            task = None if kept is not None else client.submit(process_shard, shard, config, key=key, retries=TRIES)
            window.append((shard, task or kept))
        while window and (not more or len(window) > AHEAD * max(1, sum(client.nthreads().values()))):
            shard, result = window.popleft()
            try:
                outcomes = result if isinstance(result, list) else [Outcome(**told) for told in result.result()]
            except KilledWorker as error:
                raise CommuniqueError(f"The cluster lost every worker that read {shard.records}: {error}.") from error
            yield shard, outcomes


def _kept(shard: Shard) -> list[Outcome] | None:
    """What became of a shard that an earlier run has finished; None if it is to be read."""
    if not Path(shard.records).exists():
        return None
    outcomes = [Outcome(**told) for told in json.loads(shard.report.read_text(encoding="utf-8"))]
    if any(outcome.status in state.PASSING for outcome in outcomes):
        return None
    return [outcome if outcome.written_to is None else replace(outcome, status="unchanged") for outcome in outcomes]


def _entry(shard: Shard, outcomes: list[Outcome]) -> dict[str, Any]:
    """What the manifest says of a shard that is finished."""
    records = Path(shard.records)
    return {
        "file": records.name,
        "documents": sum(outcome.written_to is not None for outcome in outcomes),
        "failed": sum(outcome.written_to is None for outcome in outcomes),
        "sha256": hashlib.sha256(records.read_bytes()).hexdigest(),
    }


def _finish(folder: Path, manifest: list[dict[str, Any]]) -> None:
    """Remove the shards of other runs, and list those of this one."""
    files = {Path(entry["file"]) for entry in manifest}
    names = {path.name for path in files} | {_report(path).name for path in files}
    for pattern in ("shard-*.jsonl", ".shard-*.report", state.TEMPORARY):
        for path in folder.glob(pattern):
            if path.name not in names:
                path.unlink()
    with writers.whole(folder / writers.MANIFEST) as file:
        file.write(json.dumps({"shards": manifest}, indent=1) + "\n")


def _report(records: Path) -> Path:
    return records.with_name(f".{records.stem}.report")


_idle: list[tuple[tuple[Config, str], Workers]] = []


@contextmanager
def _crew(config: Config, folder: str) -> Iterator[Workers]:
    """A supervised process with its model, kept between the tasks of a worker.

    It is no `multiprocessing` child: Dask's workers are daemons, which may have none.
    """
    kept, crew = _idle.pop() if _idle else (None, None)
    if crew is None or kept != (config, folder):
        if crew is not None:
            crew.close()
        crew = Workers(config, 1, folder=folder)
    try:
        yield crew
    except BaseException:
        crew.close()
        raise
    _idle.append(((config, folder), crew))


@contextmanager
def _client(address: str, workers: int | None) -> Iterator[Client]:
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise UsageError("--cluster needs Dask; install it with: pip install 'communique[cluster]'.") from error
    with ExitStack() as stack:
        if address == LOCAL:
            cluster = LocalCluster(
                n_workers=workers or processors(),
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                memory_limit=0,  # the processes that read have limits of their own
                local_directory=stack.enter_context(tempfile.TemporaryDirectory()),
                silence_logs=logging.CRITICAL,
            )
            yield stack.enter_context(Client(stack.enter_context(cluster)))
            return
        try:
            client = Client(address)
        except (OSError, ValueError) as error:
            raise UsageError(f"--cluster {address}: no scheduler answers there ({error}).") from error
        yield stack.enter_context(client)
