"""What turns a client library into a worker: messages, lanes, columns. Worker files use `dynamometer.sdk` instead."""
