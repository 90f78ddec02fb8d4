"""`watchkeeper serve`: the server in the foreground."""

from __future__ import annotations

from watchkeeper.cli.options import ConfigFile, DataDir, Host, OtlpGrpcPort, OtlpHttpPort, Port, config_path


def serve(
    config: ConfigFile = None,
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    otlp_http_port: OtlpHttpPort = None,
    otlp_grpc_port: OtlpGrpcPort = None,
) -> int:
    """Run the server until SIGTERM or Ctrl-C. Prints `ready http://HOST:PORT` once it answers."""
    # Deferred: start-up time of the other commands.
    from watchkeeper.app.config import load
    from watchkeeper.app.lifecycle import serve as run

    loaded = load(
        config_path(config),
        overrides={
            "server.data_dir": data_dir,
            "server.host": host,
            "server.port": port,
            "server.otlp_http_port": otlp_http_port,
            "server.otlp_grpc_port": otlp_grpc_port,
        },
    )
    return run(loaded)
