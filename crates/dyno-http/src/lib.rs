//! Load sessions for HTTP.
