"""Resolvent beside its peers, in one interleaved run. Start it with `make bench`."""
