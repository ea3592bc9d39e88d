"""Files and frames to a `ReviewTable`."""

from collusion.reviews.read import read_reviews
from collusion.reviews.table import COPY, COUNTED, REPEATED, ReviewTable

__all__ = ["COPY", "COUNTED", "REPEATED", "ReviewTable", "read_reviews"]
