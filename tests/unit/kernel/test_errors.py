from watchkeeper.kernel.errors import InvalidInput, WatchkeeperError


def test_an_error_says_what_to_do_and_whether_to_retry():
    error = WatchkeeperError("the engine is away", code="engine_away", retryable=True, hint="wait")
    assert str(error) == "the engine is away (wait)"
    assert (error.code, error.retryable) == ("engine_away", True)


def test_a_kind_of_error_has_its_own_code():
    assert (InvalidInput("no").code, InvalidInput("no").retryable, str(InvalidInput("no"))) == (
        "invalid_input",
        False,
        "no",
    )
