import socket

import pytest

from watchkeeper.app.listening import ListenError, PortInUse, bind


def test_port_0_takes_a_free_one():
    with bind("127.0.0.1", 0, "--port") as first, bind("127.0.0.1", 0, "--port") as second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_a_port_in_use_names_the_option_to_change():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse) as caught:
            bind("127.0.0.1", port, "--otlp-http-port")
    assert str(port) in caught.value.message
    assert "--otlp-http-port" in caught.value.hint


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "host.invalid"])
def test_an_address_of_another_machine_is_refused(host):
    with pytest.raises(ListenError) as caught:
        bind(host, 0, "--port")
    assert host in caught.value.message
