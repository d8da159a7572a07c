"""The model newspaper: a loopback news site under real host names, to try the archiver on and to test it with.

No page of it is a copy: templates follow public descriptions of these sites, and every text was written for it.
"""

from archiver.demo.moments import EVENING, MORNING
from archiver.demo.newspaper import Newspaper, Pages, Truth
from archiver.demo.server import DemoServer, Described, serve_forever

__all__ = ["EVENING", "MORNING", "DemoServer", "Described", "Newspaper", "Pages", "Truth", "serve_forever"]
