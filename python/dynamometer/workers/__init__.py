"""Workers, one file per client library. Each is a program of its own; nothing imports them."""
