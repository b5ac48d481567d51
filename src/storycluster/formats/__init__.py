"""Files of articles, read one by one (``read_articles`` is the door), and files of stories, written and read."""

from storycluster.formats.detection import FORMATS
from storycluster.formats.intake import BadRecord, Intake
from storycluster.formats.output import open_output
from storycluster.formats.reading import read_articles
from storycluster.formats.stories import read_stories, write_records, write_stories

__all__ = [
    "FORMATS", "BadRecord", "Intake", "open_output", "read_articles", "read_stories", "write_records", "write_stories",
]  # fmt: skip
