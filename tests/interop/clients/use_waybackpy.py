"""``waybackpy`` against our service; prints what it found as JSON. Run by the clients' own Python."""

import json
import sys

from waybackpy import WaybackMachineAvailabilityAPI, WaybackMachineCDXServerAPI
from waybackpy.exceptions import ArchiveNotInAvailabilityAPIResponse

url, often, prefix, none = sys.argv[1:]
AGENT = "test"


def cdx(target, **more):
    return WaybackMachineCDXServerAPI(target, AGENT, max_tries=1, **more)


def availability(target):
    api = WaybackMachineAvailabilityAPI(target, AGENT, max_tries=1)
    api.api_call_time_gap = 0
    return api


def missing():
    try:
        return str(availability(none).newest())
    except ArchiveNotInAvailabilityAPIResponse:
        return "none"


print(
    json.dumps(
        {
            "all": [[s.timestamp, s.original, s.statuscode, s.archive_url] for s in cdx(url).snapshots()],
            "in_threes": [s.timestamp for s in cdx(often, limit=3).snapshots()],
            "in_pages": [s.timestamp for s in cdx(often, use_pagination=True).snapshots()],
            "filtered": [s.original for s in cdx(f"{prefix}*", filters=["statuscode:404"]).snapshots()],
            "collapsed": len(list(cdx(url, collapses=["digest"]).snapshots())),
            "span": [s.timestamp for s in cdx(often, start_timestamp="20260105", end_timestamp="20260107").snapshots()],
            "near": cdx(url).near(year=2026, month=3, day=2, hour=9, minute=0).timestamp,
            "oldest": cdx(url).oldest().timestamp,
            "newest": cdx(url).newest().timestamp,
            "available_near": str(availability(url).near(year=2026, month=3, day=2, hour=9, minute=0)),
            "available_oldest": str(availability(url).oldest()),
            "available_newest": availability(url).newest().timestamp().isoformat(),
            "missing": missing(),
        }
    )
)
