//! Rules as a whole.
