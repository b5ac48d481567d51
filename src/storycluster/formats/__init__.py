"""Files of articles, read one by one: ``read_articles`` is the door."""

from storycluster.formats.detection import FORMATS
from storycluster.formats.intake import BadRecord, Intake
from storycluster.formats.reading import read_articles

__all__ = ["FORMATS", "BadRecord", "Intake", "read_articles"]
