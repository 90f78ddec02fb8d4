"""The ingest room: receivers, validation, the write-ahead log that is the acknowledgement."""
