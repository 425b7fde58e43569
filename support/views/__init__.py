"""Pages of the support wing."""
