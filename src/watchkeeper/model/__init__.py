"""Values that cross rooms: frozen, without behaviour beyond their own arithmetic. Money is nano-USD, time is nanoseconds."""
