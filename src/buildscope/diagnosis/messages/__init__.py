"""What tools say: errors, warnings and the places they name, read from lines of output.

One reading of a line (``read_message``), one scan of a whole output that applies it
(``Scan``), one way from what a line names to a file (``SourceFinder``): diagnosis, reports
and the debugger all use these.
"""

from __future__ import annotations

from buildscope.diagnosis.messages.message import LONGEST, Message, Severity
from buildscope.diagnosis.messages.places import NEAR, Place, SourceFinder, named_places, place_near
from buildscope.diagnosis.messages.reading import read_message, read_severity
from buildscope.diagnosis.messages.scan import Output, Scan

__all__ = [
    "LONGEST",
    "NEAR",
    "Message",
    "Output",
    "Place",
    "Scan",
    "Severity",
    "SourceFinder",
    "named_places",
    "place_near",
    "read_message",
    "read_severity",
]
