"""What every room may lean on: time, identity, retry and the root of the error tree. No input or output."""
