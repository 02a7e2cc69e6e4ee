//! Plays arrivals at their time and collects what came of them; knows no protocol.
