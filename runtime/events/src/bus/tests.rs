use servo_types::Reading;

use super::*;
use crate::scripted::{Scripted, fail, measure, summary};
use crate::{Event, Moment, Reply, Update};

impl Bus {
    pub(crate) fn anybody_waits(&self) -> bool {
        !self.0.waits.is_empty()
    }
}

fn handler(name: &'static str) -> Scripted {
    Scripted::new(name, |_, _| async { Ok(Reply::Done) })
}

#[tokio::test]
async fn handlers_come_in_the_order_of_registration_and_keep_their_place() {
    let bus = Bus::new();
    for name in ["c", "a", "b"] {
        handler(name).register(&bus);
    }
    let replaced = Scripted::new("a", |_, _| async { fail(Code::Failed) });
    assert_eq!(bus.replace(Arc::new(replaced)).unwrap().name(), "a");
    let outcomes = bus.dispatch(measure(), Options::default()).await.unwrap();
    assert_eq!(summary(&outcomes), "c ok, a failed, b ok");
    assert_eq!(bus.unregister("c").unwrap().name(), "c");
    assert!(bus.unregister("c").is_none());
    assert_eq!(bus.registrations().iter().map(|one| &*one.name).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn bad_registrations_are_refused() {
    let bus = Bus::new();
    handler("a").register(&bus);
    let errors = [
        bus.register(Arc::new(handler("a"))).unwrap_err(),
        bus.replace(Arc::new(handler("b"))).unwrap_err(),
        bus.register(Arc::new(handler("c").hook(Moment::Before, Event::Startup))).unwrap_err(),
    ];
    let messages = [
        "a connector named `a` is already registered; give the second one an alias of its own",
        "no connector named `b` is registered; register it first",
        "connector `c` asks for a hook before startup, which belongs to the servo and has no hooks",
    ];
    assert_eq!(errors.map(|error| error.to_string()), messages);
}

#[test]
fn registrations_say_what_is_handled() {
    let bus = Bus::new();
    handler("a").on(&[Event::Promote, Event::Check]).hook(Moment::After, Event::Adjust).register(&bus);
    let [registration] = &bus.registrations()[..] else { panic!("one") };
    let lists = [&registration.before, &registration.on, &registration.after];
    let lists = lists.map(|events| events.iter().collect::<Vec<_>>());
    assert_eq!(lists, [vec![], vec![Event::Check, Event::Promote], vec![Event::Adjust]]);
}

#[tokio::test]
async fn unknown_names_are_refused_before_anything_is_asked() {
    let bus = Bus::new();
    handler("prometheus").register(&bus);
    let options = Options { include: vec!["promethues".into()], ..Options::default() };
    let error = bus.dispatch(measure(), options).await.unwrap_err();
    let failure = Failure::from(error);
    let message = "no connector named `promethues` is registered; did you mean `prometheus`?";
    assert_eq!((failure.code, failure.message.as_str()), (Code::Failed, message));
}

#[tokio::test]
async fn a_dispatch_can_be_spawned_and_shares_its_call() {
    let bus = Bus::new();
    handler("a").register(&bus);
    let call = Arc::new(measure());
    let dispatch = bus.dispatch(Arc::clone(&call), Options::default());
    fn sendable(future: impl Future + Send) -> impl Future + Send {
        future
    }
    drop(sendable(dispatch));
}

#[tokio::test]
async fn progress_is_the_latest_of_each_and_never_waits() {
    let bus = Bus::new();
    for name in ["a", "b"] {
        Scripted::new(name, |_, context| async move {
            for percent in [10.0, 50.0, 100.0] {
                let readings: Vec<Reading> = Vec::new();
                context.report(Update { percent: Some(percent), message: "going".into(), readings });
            }
            Ok(Reply::Done)
        })
        .register(&bus);
    }
    let (sink, mut progress) = ProgressSink::channel();
    let options = Options { progress: sink, ..Options::default() };
    bus.dispatch(measure(), options).await.unwrap();
    let latest = progress.changed().await.unwrap();
    let shown: Vec<_> = latest.iter().map(|one| (&*one.connector, one.update.percent, one.count)).collect();
    assert_eq!(shown, [("a", Some(100.0), 3), ("b", Some(100.0), 3)]);
    assert!(progress.changed().await.is_none(), "the sink is gone");
}
