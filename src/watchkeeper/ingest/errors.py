"""What senders are told when their data is not taken.

IngestError
├── LogFull        the log's quota, the disk or memory is full: retry later (503, UNAVAILABLE)
├── TooLarge       the body is over the limit, before or after decompression (413)
├── Undecodable    the body is no export request (400)
├── Unsupported    content type or encoding (415)
├── TooSlow        the body did not arrive in time (408)
└── ProjectRefused the project's name is too long to be written down (403)
"""

from __future__ import annotations

from watchkeeper.kernel.errors import WatchkeeperError


class IngestError(WatchkeeperError):
    """A request that was not taken.

    Attributes:
        status: the HTTP status.
        grpc_code: the number of the gRPC status.
    """

    code = "ingest_error"
    status = 500
    grpc_code = 13


class LogFull(IngestError):
    """Nothing can be taken just now."""

    code = "log_full"
    status = 503
    grpc_code = 14
    retryable = True


class TooLarge(IngestError):
    """The body is over the limit."""

    code = "too_large"
    status = 413
    grpc_code = 8


class Undecodable(IngestError):
    """The body is not what it says."""

    code = "undecodable"
    status = 400
    grpc_code = 3


class Unsupported(IngestError):
    """The content type or encoding is not known."""

    code = "unsupported_media_type"
    status = 415
    grpc_code = 3


class TooSlow(IngestError):
    """The body did not arrive in time."""

    code = "body_timeout"
    status = 408
    grpc_code = 4


class ProjectRefused(IngestError):
    """Nothing can be stored under the project's name."""

    code = "project_refused"
    status = 403
    grpc_code = 7
