"""Who profits from the reviews of groups, and who is harmed by them: figures of a whole log, after its groups are known."""

from collusion.profits.profits import GroupReviews, profits_of

__all__ = ["GroupReviews", "profits_of"]
