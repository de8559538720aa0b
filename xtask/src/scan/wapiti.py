"""Runs Debian's wapiti 3.0.4 with two corrections.

- Without the first, --exclude fails on Python 3.11, which requires that flags are at the start of a regular expression.
- Each request comes from another address, as far as a server knows that trusts this one as its proxy. From a single
  address, the throttle would let an attempt to log in take five seconds.
"""

import itertools
import re
import sys

import requests
from wapitiCore.main.wapiti import wapiti_main
from wapitiCore.net import crawler


def wildcard_translate(pattern):
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")) + r"\Z", re.DOTALL)


class Session(requests.Session):
    numbers = itertools.count()

    def send(self, request, **options):
        number = next(self.numbers)
        request.headers["X-Forwarded-For"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return super().send(request, **options)


crawler.wildcard_translate = wildcard_translate
requests.Session = Session
sys.exit(wapiti_main())
