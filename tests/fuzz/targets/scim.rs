#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| idouble_fuzz::checks::scim::check(input));
