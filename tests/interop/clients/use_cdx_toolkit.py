"""``cdx-toolkit`` against our service, by both dialects; prints what it found as JSON. Run by the clients' own Python."""

import json
import sys

import cdx_toolkit

url, often, prefix, base = sys.argv[1:]
archive = cdx_toolkit.CDXFetcher(source="ia")
# pywb's dialect, by plain HTTP, as of any other web archive.
pywb = cdx_toolkit.CDXFetcher(source=f"{base}/web/cdx", wb=f"{base}/web")


def record(capture):
    made = capture.fetch_warc_record()
    return {
        "type": made.rec_type,
        "url": made.rec_headers.get_header("WARC-Target-URI"),
        "date": made.rec_headers.get_header("WARC-Date"),
        "status": made.http_headers.get_statuscode(),
        "server": made.http_headers.get_header("Server"),
        "body": capture.content.decode(),
    }


found = {}
for name, fetcher in (("ia", archive), ("pywb", pywb)):
    captures = list(fetcher.iter(url))
    found[name] = {
        "captures": [[c["urlkey"], c["timestamp"], c["url"], c["mime"], c["status"]] for c in captures],
        "first": record(captures[0]),
        "limited": len(list(fetcher.iter(often, limit=7))),
        "often": len(list(fetcher.iter(often))),
        "prefix": [c["url"] for c in fetcher.iter(f"{prefix}*")],
        "pages": fetcher.get_size_estimate(often, as_pages=True),
        "none": len(list(fetcher.iter(f"{prefix}none"))),
        "got": len(fetcher.get(often, limit=5)),
        "span": [c["timestamp"][:8] for c in fetcher.iter(often, from_ts="20260105", to="20260107")],
    }
found["moved"] = record(next(iter(archive.iter(f"{prefix}moved"))))["status"]
found["gone"] = record(next(iter(archive.iter(f"{prefix}gone"))))["status"]
found["filtered"] = [c["url"] for c in pywb.iter(f"{prefix}*", filter=["=status:404"])]
print(json.dumps(found))
