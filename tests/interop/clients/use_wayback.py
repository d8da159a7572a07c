"""EDGI's ``wayback`` against our service; prints what it found as JSON. Run by the clients' own Python."""

import json
import os
import sys

from wayback import Mode, WaybackClient, WaybackSession

url, moved, prefix = sys.argv[1:]
session = WaybackSession(retries=0, search_calls_per_second=0, memento_calls_per_second=0)
# It sends redirects on by its own way, which does not ask the environment for the authority.
session.verify = os.environ["REQUESTS_CA_BUNDLE"]
with WaybackClient(session) as client:
    records = list(client.search(url, limit=2))
    first, last = records[0], records[-1]
    raw = client.get_memento(first)
    inexact = client.get_memento(url, timestamp="20260302120000", mode=Mode.original, exact=False)
    revisit = client.get_memento(records[1])
    redirect = client.get_memento(moved, timestamp="20260301080000", follow_redirects=True)
    unresolved = list(client.search(url, resolve_revisits=False))
    found = {
        "records": [
            [r.key, r.timestamp.strftime("%Y%m%d%H%M%S"), r.url, r.mime_type, r.status_code, r.digest, r.length]
            for r in records
        ],
        "unresolved": [[r.mime_type, r.status_code] for r in unresolved],
        "errors": [r.url for r in client.search(prefix, match_type="prefix", filter_field="statuscode:404")],
        "collapsed": len(list(client.search(url, collapse="digest"))),
        "from": [r.timestamp.day for r in client.search(url, from_date="20260302", to_date="20260303")],
        "newest": [r.timestamp.day for r in client.search(url, limit=-1)],
        "raw": {
            "text": raw.text,
            "headers": dict(raw.headers),
            "at": raw.timestamp.isoformat(),
            "memento_url": raw.memento_url,
            "links": sorted(raw.links),
        },
        "inexact": [inexact.memento_url, inexact.text],
        "revisit": [revisit.memento_url, revisit.text, revisit.ok],
        "redirect": [redirect.url, redirect.text, [m.url for m in redirect.history]],
        "last": client.get_memento(last).text,
    }
print(json.dumps(found))
