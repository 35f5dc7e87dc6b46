//! Bundles: whatever is read into the store is there, and nothing is written elsewhere.
#![no_main]

use std::cell::LazyCell;
use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use servo_distribution::{Hold, Store, layout};
use tempfile::TempDir;
use tokio::runtime::Builder;

/// The largest component that is taken, in bytes.
const COMPONENT_MAX: u64 = 1 << 20;

struct World {
    folder: TempDir,
    hold: Hold,
}

thread_local! {
    static WORLD: LazyCell<World> = LazyCell::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("store")).expect("a store");
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let hold = runtime.block_on(store.hold()).expect("a hold");
        World { folder, hold }
    });
}

fuzz_target!(|bytes: &[u8]| {
    WORLD.with(|world| {
        let World { folder, hold } = &**world;
        if let Ok(found) = layout::read(Cursor::new(bytes), hold, COMPONENT_MAX) {
            for one in found {
                let kept = |digest| hold.store().blob(digest).expect("a store").is_some();
                assert!(kept(&one.manifest) && kept(&one.config) && kept(&one.component));
            }
        }
        let names = std::fs::read_dir(folder.path()).expect("a folder");
        assert_eq!(names.count(), 1, "something was written beside the store");
    });
});
