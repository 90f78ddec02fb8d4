"""Questions to the span table: each module asks about one thing, in as few passes over the data as it takes.

The functions take a `Select` (the engine's client, or a test's stand-in), a project and a time range. None of
them adds a SETTINGS clause: readers are closed with `readonly = 1`.
"""
