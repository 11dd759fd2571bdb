//! Fault rules: what they select, when they fire, and what the client receives.

mod classes;
mod control;
mod effects;
mod rules;
