"""The row of a run in catalogue and journal: when it begins, when it ends, and those that runs left which were killed."""

from __future__ import annotations

from dataclasses import replace

from archiver.catalog import Catalog
from archiver.config import Config
from archiver.config.home import REFRAMED, is_done, note_done
from archiver.config.sites import own_sites, site_file
from archiver.journal.objects import keep_run, keep_site_file
from archiver.model.instant import Clock, cut
from archiver.model.run import Outcome, Run
from archiver.model.site import Site


def begin_run(run: Run, site: Site, *, catalog: Catalog, config: Config) -> None:
    """Write the row; the site file in force goes to the journal, whose entries go to the store at the run's end."""
    data = site_file(site, config) if site.digest else None
    if data is not None:
        own = own_sites(config.sites_dir).get(site.name)
        is_own = own is not None and own.digest == site.digest
        keep_site_file(site.name, data, own=is_own, catalog=catalog)
    catalog.runs.begin(run)


def end_run(run: Run, *, catalog: Catalog) -> None:
    """Write how a run ended, into journal and catalogue."""
    keep_run(run, catalog=catalog)
    catalog.runs.end(run)


def tidy_up(site: str, *, catalog: Catalog, config: Config, clock: Clock) -> None:
    """What is put right before a run of a site begins; the caller has the site's lock.

    Runs that never ended were killed: they end now, and what they leased is due. So is, once in an archive's life, what an older
    release took for cut short.
    """
    for dead in catalog.runs.unfinished(site):
        catalog.frontier.release(dead.id)
        files = tuple(file.key for file in catalog.files.find(run=dead.id))
        end_run(replace(dead, ended_at=cut(clock.now()), outcome=Outcome.FAILED, files=files), catalog=catalog)
    if not is_done(config, REFRAMED):
        catalog.frontier.recall_odd(now=clock.now())
        note_done(config, REFRAMED)
    # A clock that ran ahead and was put right has left URLs due in a future that is none.
    catalog.frontier.call_back(site, now=clock.now())
