use std::io::Read as _;

use super::*;

struct World {
    pool: Pool,
    cache: Arc<Cache>,
}

fn world(settings: &Settings) -> World {
    let cache = Arc::new(Cache::new(1 << 20));
    let pool = Pool::new(Corpus::generate(1, 20), Arc::clone(&cache), Arc::default());
    let world = World { pool, cache };
    world.configure(settings);
    world
}

impl World {
    fn configure(&self, settings: &Settings) {
        self.pool.configure(settings).unwrap();
        let entries = settings.cache_entries as usize;
        self.cache.configure(entries, settings.eviction, settings.compression_level);
    }

    fn threads(&self) -> usize {
        self.pool.threads.lock().unwrap().len()
    }
}

fn unpacked(report: &Bytes) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(report.as_ref()).read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn both_codings_carry_the_same_report_and_only_gzip_is_cached() {
    let world = world(&Settings { cache_entries: 10, ..Settings::default() });
    let plain = world.pool.render(3, Coding::Identity).await.unwrap();
    assert_eq!(world.cache.usage().0, 0);
    let packed = world.pool.render(3, Coding::Gzip).await.unwrap();
    assert_eq!(unpacked(&packed).as_bytes(), plain);
    assert_eq!(world.cache.usage(), (1, packed.len()));
    assert_eq!(world.cache.get(3), Some(packed));
}

#[tokio::test]
async fn a_higher_level_makes_smaller_reports() {
    let world = world(&Settings { compression_level: 1, ..Settings::default() });
    let quick = world.pool.render(3, Coding::Gzip).await.unwrap();
    world.configure(&Settings { compression_level: 9, ..Settings::default() });
    let small = world.pool.render(3, Coding::Gzip).await.unwrap();
    assert!(small.len() < quick.len(), "{} < {}", small.len(), quick.len());
    assert_eq!(unpacked(&small), unpacked(&quick));
}

#[tokio::test]
async fn requests_are_answered_while_workers_come_and_go() {
    let world = Arc::new(world(&Settings::default()));
    let asking = Arc::clone(&world);
    let asked = tokio::spawn(async move {
        let all = (0..60).map(|id| asking.pool.render(id % 7, Coding::Gzip));
        futures_util::future::join_all(all).await.into_iter().all(|report| report.is_ok())
    });
    let changing = Arc::clone(&world);
    tokio::task::spawn_blocking(move || {
        for (workers, batch_size) in [(4, 1), (1, 64), (16, 3), (2, 8)] {
            changing.configure(&Settings {
                workers,
                batch_size,
                compression_level: 1,
                ..Settings::default()
            });
            assert_eq!(changing.threads(), workers as usize);
        }
    })
    .await
    .unwrap();
    assert!(asked.await.unwrap());
}

#[tokio::test]
async fn equal_requests_of_one_batch_are_rendered_once() {
    let metrics = Arc::new(Metrics::default());
    let pool = Pool::new(Corpus::generate(1, 20), Arc::new(Cache::new(0)), Arc::clone(&metrics));
    // Without workers the requests pile up; the worker that comes then finds all of them.
    let mut waiting: Vec<_> = (0..10).map(|_| Box::pin(pool.render(5, Coding::Gzip))).collect();
    for request in &mut waiting {
        assert!(futures_util::poll!(request).is_pending());
    }
    pool.shared.lock().batch_size = 64;
    pool.configure(&Settings { batch_size: 64, ..Settings::default() }).unwrap();
    let reports = futures_util::future::join_all(waiting).await;
    assert!(reports.iter().all(|report| report.as_ref().unwrap() == reports[0].as_ref().unwrap()));
    let settings = Settings::default();
    let text = metrics.text(&crate::metrics::Gauges { settings: &settings, cache: (0, 0), ready: true });
    assert!(text.contains("quickstart_rendered_total 1\n"), "{text}");
}
