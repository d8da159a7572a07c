"""Deciding who may see what: each rule, and each rule taken back, is an entry of the journal first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from archiver.catalog import Catalog, JournalEntry
from archiver.errors import UsageError
from archiver.model.access import Access, AccessRule, Match, ranges_of

RULE = "access-rule"
"""A rule, in the shape of ``AccessRule.as_json``; the entry's id is the rule's."""
TAKEN_BACK = "access-rule-removed"
"""A rule that is no more: ``rule``, ``reason`` and ``actor``."""


def target_of(text: str) -> tuple[Match, str]:
    """What people write for a target: ``https://host/a`` one URL, ``https://host/a*`` a prefix, ``*.host`` a domain.

    Raises ``UsageError``.
    """
    if text.startswith("*."):
        match, url = Match.DOMAIN, text.removeprefix("*.")
    elif text.endswith("*"):
        match, url = Match.PREFIX, text.rstrip("*")
    else:
        match, url = Match.EXACT, text
    ranges_of(match, url)
    return match, url


def add_rule(
    catalog: Catalog,
    *,
    access: Access,
    match: Match,
    url: str,
    reason: str,
    actor: str,
    since: datetime | None = None,
    until: datetime | None = None,
    newer: timedelta | None = None,
    older: timedelta | None = None,
) -> AccessRule:
    """Put a rule in force from now on. Raises ``UsageError``: no reason, or an embargo without a condition."""
    if not reason.strip():
        raise UsageError("an access rule needs a reason (--reason): somebody will ask for it in years")
    if access is Access.EMBARGO and not (newer or older or since or until):
        raise UsageError("an embargo needs --newer, --older, --from or --to; `exclude` is one without end")
    ranges_of(match, url)
    rule = AccessRule(
        "", access, match, url, reason.strip(), actor, catalog.clock.now(), since, until, newer=newer, older=older
    )
    entry = catalog.journal.record(RULE, rule.as_json())
    rule = replace(rule, id=entry.id)
    catalog.access.add(rule)
    return rule


def remove_rule(catalog: Catalog, rule_id: str, *, reason: str, actor: str) -> AccessRule:
    """Take a rule back. Raises ``UsageError`` when there is none of that id."""
    rule = catalog.access.get(rule_id)
    if rule is None:
        raise UsageError(f"no access rule {rule_id!r}; `archiver access list` shows all")
    catalog.journal.record(TAKEN_BACK, {"rule": rule_id, "reason": reason, "actor": actor})
    catalog.access.remove(rule_id)
    return rule


def restore(catalog: Catalog, entry: JournalEntry) -> bool:
    """Do again what an entry of the journal decided, on a catalogue that is made again; whether it changed anything.

    Entries come in the order of their time. Raises ``ValueError`` for an entry that is no rule.
    """
    if entry.kind == RULE:
        taken_back = any(each.body.get("rule") == entry.id for each in catalog.journal.find(TAKEN_BACK))
        return not taken_back and catalog.access.add(AccessRule.from_json(entry.id, dict(entry.body)))
    return entry.kind == TAKEN_BACK and catalog.access.remove(str(entry.body.get("rule")))
