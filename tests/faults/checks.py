"""What must hold when everything is healed: an archive is held against what was acknowledged, and against validators."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from archiver.archive import Archive
from archiver.catalog import Catalog
from archiver.config import Config
from archiver.model.capture import Capture
from archiver.model.instant import SystemClock
from archiver.model.keys import cdxj_key, manifest_key
from archiver.ops.verify import verify
from archiver.records.spool import spooled_files
from archiver.sealing.contents import read_contents
from archiver.warc import check_file, iter_records


def problems_of(
    config: Config, *, acknowledged: set[str], pages: set[str], client: Any, bucket: str, prefix: str, scratch: Path
) -> list[str]:
    """Everything that is wrong with the archive, in words; nothing when all was kept."""
    found: list[str] = []
    rows: dict[str, Capture] = {}
    with Archive(config) as archive:
        for row in archive.catalog.captures.find():
            rows[row.record_id] = row
        found += [f"acknowledged capture lost: {record}" for record in sorted(acknowledged - set(rows))]
        held = {row.surt for row in rows.values() if row.status == 200}
        found += [f"page not held: {surt}" for surt in sorted(pages - held)]
        keys = list(archive.store.keys("warcs/"))
        files = []
        in_files: dict[str, Capture] = {}
        records: Counter[str] = Counter()
        for key in keys:
            path = scratch / key.rpartition("/")[2]
            path.write_bytes(archive.store.get(key))
            files.append(path)
            report = check_file(path)
            found += [f"{key}: {problem}" for problem in report.problems]
            records.update(record.id for record in iter_records(path))
            in_files.update({capture.record_id: capture for capture in read_contents(path, key).captures})
            found += [
                f"no {other}" for other in (cdxj_key(key), manifest_key(key)) if archive.store.stat(other) is None
            ]
        found += [f"record id {n} times: {record}" for record, n in records.items() if n > 1]
        found += [f"row without bytes: {record}" for record in sorted(set(rows) - set(in_files))]
        found += [f"bytes without a row: {record}" for record in sorted(set(in_files) - set(rows))]
        for record in set(rows) & set(in_files):
            if (rows[record].record, rows[record].digest) != (in_files[record].record, in_files[record].digest):
                found.append(f"row and record differ: {record}")
        unknown = {row.key for row in archive.catalog.files.find()} ^ set(keys)
        found += [f"file in only one of catalogue and store: {key}" for key in sorted(unknown)]
    found += [f"left in the spool: {path}" for _, path in spooled_files(config.spool_dir)]
    found += _validated(files)
    found += _orphans(client, bucket, prefix)
    found += [f"verify: {problem.kind} {problem.key} {problem.found}" for problem in verify(config).problems]
    return found


def _validated(files: list[Path]) -> list[str]:
    found = []
    if files:
        names = [str(file) for file in files]
        warcio = [sys.executable, "-m", "warcio.cli", "check", *names]
        fastwarc = [str(Path(sys.executable).with_name("fastwarc")), "check"]
        commands = [warcio, *([*fastwarc, name] for name in names)]
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                found.append(f"{command[-1]}: {(done.stdout + done.stderr)[-500:]}")
    return found


def _orphans(client: Any, bucket: str, prefix: str) -> list[str]:
    uploads = client.list_multipart_uploads(Bucket=bucket, Prefix=prefix).get("Uploads", [])
    claims = client.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/.claims/").get("Contents", [])
    return [f"orphan upload: {upload['Key']}" for upload in uploads] + [f"orphan claim: {c['Key']}" for c in claims]


def natural_keys(config: Config) -> set[tuple[Any, ...]]:
    """What names each capture, however its row came to be."""
    with Catalog.open(config.catalog_url, clock=SystemClock()) as catalog:
        return {
            (row.record_id, row.surt, row.at, row.run, row.record, row.digest, row.kind, row.via, row.hop)
            for row in catalog.captures.find()
        }
