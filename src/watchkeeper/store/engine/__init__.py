"""The embedded engine: a child process that speaks ClickHouse's HTTP interface on a Unix socket.

`child` is what runs in that process, `supervisor` starts it and keeps it running. Nothing else imports the
engine's library: a crash or an out-of-memory takes down the child alone.
"""
