//! The machine, signal by signal.
