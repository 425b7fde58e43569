"""The mirror of the two repositories: read through the client, written in whole pages, never the other way round.

GitHub is asked outside any transaction; what it answered is applied in one. Nothing here is deleted because something
over there could not be found.
"""
