"""Each row of the list of copies and look-alikes as a case: articles, and whether they are one story."""

from cases.apart import APART
from cases.case import Case
from cases.join import JOIN

CASES: list[Case] = [*JOIN, *APART]

__all__ = ["APART", "CASES", "JOIN", "Case"]
