//! One call from its beginning to its end: the guest answers, or is asked to stop and, if it does not, is stopped.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::poll;
use servo_events::{Call, Context, Reply};
use servo_types::{Code, Failure};
use tokio::sync::oneshot;
use tokio::time::{sleep_until, timeout};

use crate::instance::{Ended, Instance};
use crate::state::{Asker, Scope, after};
use crate::tenant::Tenant;

/// Time between the wish that a call should end and its end.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// Waits for the guest; asks it to stop when it is time, and stops it when it does not.
pub(super) async fn drive(
    tenant: &Tenant,
    instance: &mut Instance,
    call: &Call,
    context: Context,
    answer: &mut oneshot::Sender<Result<Reply, Failure>>,
) -> Ended {
    let event = call.event();
    let doing = event.name();
    let alias = &tenant.alias;
    let time = tenant.limits.wall.saturating_add(call.asked());
    let own_end = after(time);
    let end = own_end.min(context.deadline);
    let asker = Asker::new(context);
    // Whatever the guest left running, such as an attack, ends with the call.
    let _ends_with_the_call = Ends(&asker);
    let scope = Scope { asker: Arc::clone(&asker), event: Some(event), deadline: end + GRACE };
    let mut work = pin!(instance.call(call, scope));
    // Most calls are over with their first step, and need nobody who watches them.
    if let Poll::Ready(ended) = poll!(work.as_mut()) {
        return ended;
    }
    let late = tokio::select! {
        biased;
        ended = &mut work => return ended,
        () = asker.context.cancel.cancelled() => false,
        () = answer.closed() => false,
        () = sleep_until(end) => true,
    };
    asker.stop().cancel();
    let why = |after: &str| {
        if late && end == own_end {
            tenant.tally.limit("wall");
            Failure::new(
                Code::TimedOut,
                format!("{doing} of `{alias}` took more than {time:?}{after}: the limit `wall`"),
            )
            .because("wall")
        } else if late {
            Failure::new(Code::TimedOut, format!("{doing} of `{alias}` was not done in time{after}"))
        } else {
            Failure::new(Code::Cancelled, format!("{doing} of `{alias}` was cancelled{after}"))
        }
    };
    match timeout(GRACE, work).await {
        Ok(Ended::Answered(Err(failure))) if late && failure.code == Code::Cancelled => {
            Ended::Answered(Err(why("")))
        }
        Ok(ended) => ended,
        Err(_) => Ended::Broken(why(&format!(" and was ended, because it did not stop within {GRACE:?}"))),
    }
}

/// Ends what belongs to the call, also when its future is dropped.
struct Ends<'a>(&'a Asker);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.ended();
    }
}
