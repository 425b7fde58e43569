"""The only code that opens a socket to the outside: plain values in and out, no models, two errors."""
