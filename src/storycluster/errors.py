"""Every error that storycluster raises on purpose, in one tree.

::

    StoryclusterError
    ├── ArticleError        (ValueError)   a record can't become an Article
    ├── DuplicateIdError    (ValueError)   one id, two different articles
    ├── UnknownIdError      (KeyError)     an id that is not among the articles
    ├── LinkError           (ValueError)   links contradict each other, or one names an article twice
    ├── SettingsError       (ValueError)   a setting of the wrong type or out of range
    ├── RecipeError         (ValueError)   fingerprints made under other settings or other code
    ├── FormatError         (ValueError)   a file is not what it was read as
    ├── StoreError          (OSError)      an index can't be opened, read or written
    │   └── LockedError     (StoreError)   another writer has it
    ├── CursorExpired       (LookupError)  a place in the feed of changes that is no longer kept
    ├── LabelsError         (ValueError)   labels or pairs that cannot be scored
    └── MissingExtraError   (ImportError)  an optional part of storycluster is not installed

Each message says which argument or line it is about, what was expected, what came, and what to do.
"""

from __future__ import annotations


class StoryclusterError(Exception):
    """The root: ``except StoryclusterError`` catches whatever storycluster raises on purpose."""


class ArticleError(StoryclusterError, ValueError):
    """A record can't become an Article."""


class DuplicateIdError(StoryclusterError, ValueError):
    """Two articles with the same id and different content."""


class UnknownIdError(StoryclusterError, KeyError):
    """An id that is not among the articles."""

    def __str__(self) -> str:
        """The message itself, where KeyError would print its repr."""
        return str(self.args[0]) if self.args else ""


class LinkError(StoryclusterError, ValueError):
    """must_link and cannot_link contradict each other, or one of them names an article twice."""


class SettingsError(StoryclusterError, ValueError):
    """A setting of the wrong type, out of range, or unknown."""


class RecipeError(StoryclusterError, ValueError):
    """Fingerprints made under other settings or by other code than the ones at hand."""


class FormatError(StoryclusterError, ValueError):
    """A file is not what it was read as."""


class StoreError(StoryclusterError, OSError):
    """An index can't be opened, read or written: what is wrong with its file or server."""


class LockedError(StoreError):
    """Another writer has the index: another process, or another StoryIndex in this one."""


class CursorExpired(StoryclusterError, LookupError):  # noqa: N818  # it reads as what has happened to the cursor
    """A place in the feed of changes that is older than what the feed keeps."""


class LabelsError(StoryclusterError, ValueError):
    """Labels or labelled pairs that cannot be scored."""


class MissingExtraError(StoryclusterError, ImportError):
    """An optional part of storycluster is not installed; the message names the extra that brings it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}': pip install 'storycluster[{extra}]'")
        self.extra = extra
