//! One exchange.
