//! Random histories by several writers, with cuts in between: the view ends as etcd is, and told each change on the
//! way. What really happened is asked of `etcdctl`.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use servo_liveness::{Error, Liveness, Maintenance, Notice, Options, Service, State, Status};
use servo_test_support::{Etcd, Line, Weather};

/// So long that no process looks after its keys during a history: what one deletes, another would put again.
const TTL: Duration = Duration::from_secs(180);
const LONG: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
enum Act {
    Update {
        writer: usize,
        uuid: u8,
        up: bool,
        host: u8,
    },
    Delete {
        writer: usize,
        uuid: u8,
    },
    Down {
        writer: usize,
        uuid: u8,
    },
    Up {
        writer: usize,
        uuid: u8,
    },
    /// A writer ends in good order, and another one takes its place.
    End {
        writer: usize,
    },
    Cut,
    Heal,
}

fn act() -> impl Strategy<Value = Act> {
    let (writer, uuid) = (0..3usize, 0..4u8);
    prop_oneof![
        6 => (writer.clone(), uuid.clone(), any::<bool>(), 0..2u8)
            .prop_map(|(writer, uuid, up, host)| Act::Update { writer, uuid, up, host }),
        2 => (writer.clone(), uuid.clone()).prop_map(|(writer, uuid)| Act::Delete { writer, uuid }),
        1 => (writer.clone(), uuid.clone()).prop_map(|(writer, uuid)| Act::Down { writer, uuid }),
        1 => (writer.clone(), uuid).prop_map(|(writer, uuid)| Act::Up { writer, uuid }),
        1 => writer.prop_map(|writer| Act::End { writer }),
        1 => Just(Act::Cut),
        2 => Just(Act::Heal),
    ]
}

fn start(url: String) -> Liveness {
    let mut options = Options::new(vec![url], TTL);
    // Nobody is ever a suspect: what `etcdctl` sees has no such state.
    options.guard.least = usize::MAX;
    Liveness::new(options).unwrap()
}

fn name(uuid: u8) -> String {
    format!("service-{uuid}")
}

async fn perform(act: &Act, writers: &mut [Liveness], line: &Line, url: &str) {
    let done = match act {
        Act::Update { writer, uuid, up, host } => {
            let status = if *up { Status::Up } else { Status::Down };
            let (kind, host) = ("api".into(), format!("host-{host}").as_str().into());
            let service =
                Service { uuid: name(*uuid).as_str().into(), kind, host, status, ..Service::default() };
            writers[*writer].update(service).await.map(drop)
        }
        Act::Delete { writer, uuid } => writers[*writer].delete(&name(*uuid)).await,
        Act::Down { writer, uuid } => {
            writers[*writer].down(&name(*uuid), Maintenance::default()).await.map(drop)
        }
        Act::Up { writer, uuid } => writers[*writer].up(&name(*uuid)).await.map(drop),
        Act::End { writer } => {
            let next = start(url.into());
            std::mem::replace(&mut writers[*writer], next).stop().await;
            Ok(())
        }
        Act::Cut => {
            line.set(Weather::Cut);
            Ok(())
        }
        Act::Heal => {
            line.set(Weather::Fair);
            Ok(())
        }
    };
    // A service that another one deleted is not there; nothing else may fail.
    assert!(matches!(done, Ok(()) | Err(Error::NotFound(_))), "{act:?}: {done:?}");
}

/// Whether each service was up, from change to change, as `etcdctl` tells it.
fn told(etcd: &Etcd) -> BTreeMap<String, Vec<bool>> {
    etcd.ctl(["put", "/the-end", "x"]);
    let text = etcd.watch_until(&["--rev=1", "--prefix", "/"], "/the-end");
    let mut told: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    let lines: Vec<&str> = text.lines().collect();
    for two in lines.windows(2) {
        let up = match two[0] {
            "PUT" => true,
            "DELETE" => false,
            _ => continue,
        };
        let Some(uuid) = two[1].strip_prefix("/services/by-status/UP/") else { continue };
        let states = told.entry(uuid.into()).or_default();
        if states.last() != Some(&up) && (up || !states.is_empty()) {
            states.push(up);
        }
    }
    told.retain(|_, states| !states.is_empty());
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_view_ends_as_etcd_is_and_tells_each_change(acts in prop::collection::vec(act(), 20..60)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let etcd = Etcd::start();
            let line = Line::to(etcd.url().strip_prefix("http://").unwrap());
            let mut writers: Vec<Liveness> = (0..3).map(|_| start(etcd.url().into())).collect();
            let reader = start(format!("http://{}", line.address()));
            let view = reader.view().await;
            // What was before the first listing is nobody's news.
            while view.age().is_none() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let mut watcher = view.watch();
            for act in &acts {
                perform(act, &mut writers, &line, etcd.url()).await;
            }
            line.set(Weather::Fair);
            // The last thing that happens, so that it is known when everything before was told.
            let last = Service { uuid: "last".into(), kind: "end".into(), host: "h".into(), ..Service::default() };
            writers[0].update(last).await.unwrap();
            let mut seen: BTreeMap<String, Vec<bool>> = BTreeMap::new();
            let mut note = |uuid: &str, up: bool| {
                let states = seen.entry(uuid.into()).or_default();
                if states.last() != Some(&up) && (up || !states.is_empty()) {
                    states.push(up);
                }
            };
            let end = Instant::now() + LONG;
            loop {
                let notice = tokio::time::timeout(LONG, watcher.next()).await.unwrap().unwrap();
                match notice {
                    Notice::State { snapshot, missed } => {
                        assert_eq!(missed, 0);
                        for entry in snapshot.iter() {
                            note(&entry.service.uuid, entry.state(|| 0) == State::Up);
                        }
                    }
                    Notice::Changes(changes) => {
                        for change in changes.iter() {
                            note(&change.uuid, change.after == State::Up);
                        }
                        if changes.iter().any(|change| &*change.uuid == "last") {
                            break;
                        }
                    }
                }
                assert!(Instant::now() < end);
            }
            // Services that were never up.
            seen.retain(|_, states| !states.is_empty());
            assert_eq!(seen, told(&etcd));
            let snapshot = view.snapshot();
            for uuid in (0..4).map(name) {
                let held = writers[0].get(&uuid).await.unwrap();
                assert_eq!(snapshot.get(&uuid).map(|entry| (&entry.service, entry.modified, entry.lease())),
                    held.as_ref().map(|entry| (&entry.service, entry.modified, entry.lease())));
                assert_eq!(snapshot.get(&uuid).map(|entry| entry.state(|| 0)), held.map(|entry| entry.state(|| 0)));
            }
            for writer in writers {
                writer.stop().await;
            }
        });
    }
}
