//! Manifests, indexes and configurations as a registry may send them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use servo_distribution::manifest::Config;
use servo_distribution::{Index, Manifest};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = Manifest::parse(bytes) {
        let _ = manifest.component();
    }
    if let Ok(index) = Index::parse(bytes) {
        let _ = index.component();
    }
    let _ = Config::parse(bytes);
});
