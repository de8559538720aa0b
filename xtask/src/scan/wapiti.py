"""Runs Debian's wapiti 3.0.4 with a correction: without it, --exclude fails on Python 3.11, which requires that flags
are at the start of a regular expression."""

import re
import sys

from wapitiCore.main.wapiti import wapiti_main
from wapitiCore.net import crawler


def wildcard_translate(pattern):
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")) + r"\Z", re.DOTALL)


crawler.wildcard_translate = wildcard_translate
sys.exit(wapiti_main())
