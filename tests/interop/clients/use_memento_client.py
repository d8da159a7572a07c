"""``memento-client`` against our service; prints what it found as JSON. Run by the clients' own Python."""

import json
import sys
from datetime import UTC, datetime

from memento_client import MementoClient

url, none = sys.argv[1:]
GATE = "https://web.archive.org/web/"


def told(info):
    found = {"original": info["original_uri"], "timegate": info["timegate_uri"]}
    for name, memento in info.get("mementos", {}).items():
        found[name] = [memento["uri"][0], memento["datetime"].isoformat()]
        if "http_status_code" in memento:
            found["status"] = memento["http_status_code"]
    return found


with MementoClient(timegate_uri=GATE, check_native_timegate=False) as client:
    middle = told(client.get_memento_info(url, datetime(2026, 3, 2, 9, 0, tzinfo=UTC).replace(tzinfo=None)))
    memento = middle["closest"][0]
    print(
        json.dumps(
            {
                "middle": middle,
                "before_all": told(client.get_memento_info(url, datetime(1999, 1, 1)))["closest"][0],
                "after_all": told(client.get_memento_info(url, datetime(2030, 1, 1)))["closest"][0],
                "of_a_memento": told(client.get_memento_info(memento, datetime(2026, 3, 9)))["original"],
                "none": told(client.get_memento_info(none, datetime(2026, 3, 9))),
                "is_memento": MementoClient.is_memento(memento),
                "is_timegate": MementoClient.is_timegate(GATE + url),
                "memento_is_timegate": MementoClient.is_timegate(memento),
                "original_of": client.get_original_uri(memento),
            }
        )
    )
