#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| netsift_fuzz_bodies::run("config", input));
