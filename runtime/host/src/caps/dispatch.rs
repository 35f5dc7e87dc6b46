//! Events to other connectors: `servo:connector/dispatch`.

use std::time::Duration;

use servo_events::{Call, DispatchError, Event, Options};
use servo_types::{Code, Failure};
use tokio::time::Instant;

use crate::bindings::imported::contract as w;
use crate::bindings::imported::dispatch::{Answer, Answers, Host, Request};
use crate::convert::failure_to_guest;
use crate::revoked::Grant;
use crate::state::{Scope, State};
use crate::tenant::Tenant;

impl Host for State {
    async fn dispatch(&mut self, request: Request) -> wasmtime::Result<Result<Answers, w::Failure>> {
        Ok(dispatch(&self.tenant, &self.call, request).await.map_err(failure_to_guest))
    }
}

async fn dispatch(tenant: &Tenant, scope: &Scope, request: Request) -> Result<Answers, Failure> {
    let alias = &tenant.alias;
    let call = Call::dispatched(&request.event, &request.arguments)
        .map_err(|error| Failure::failed(error.to_string()).because("arguments"))?;
    let granted = |event: &Event| {
        tenant.grants.dispatch.contains(event) && !tenant.revoked.has(|| Grant::Dispatch(*event))
    };
    if !granted(&call.event()) {
        tenant.tally.denied("dispatch");
        let event = call.event();
        let text = format!(
            "the event `{event}` is not granted to `{alias}`; add it under connectors.{alias}.grants.dispatch"
        );
        return Err(Failure::new(Code::Denied, text));
    }
    tenant.way_out.pass()?;
    let Some(bus) = &tenant.bus else {
        return Err(Failure::failed(format!("`{alias}` runs alone: there is nothing to dispatch to")));
    };
    tenant.tally.dispatched(scope.asker.context.callers.len().min(tenant.limits.dispatch_depth));
    let left = scope.deadline.saturating_duration_since(Instant::now());
    let timeout = request.timeout.map_or(left, |ms| left.min(Duration::from_millis(ms.into())));
    let context = &scope.asker.context;
    let options = Options {
        include: request.include,
        exclude: request.exclude,
        first: request.first,
        timeout: Some(timeout),
        cancel: scope.asker.stop().clone(),
        progress: context.progress.clone(),
        callers: context.callers.clone(),
        depth: tenant.limits.dispatch_depth,
    };
    // Boxed: a dispatch may lead to another guest whose dispatch is of the same type.
    let outcomes = match Box::pin(bus.dispatch(call, options)).await {
        Ok(outcomes) => outcomes,
        Err(error) => {
            if matches!(error, DispatchError::TooDeep { .. }) {
                tenant.tally.limit("dispatch_depth");
            }
            return Err(error.into());
        }
    };
    if let Some(by) = outcomes.cancelled_by {
        return Err(by.failure);
    }
    let answers = outcomes.answers.into_iter().map(|answer| Answer {
        connector: answer.connector.to_string(),
        outcome: answer.result.map(|reply| reply.to_json().to_string()).map_err(failure_to_guest),
    });
    Ok(Answers {
        answers: answers.collect(),
        skipped: outcomes.skipped.iter().map(ToString::to_string).collect(),
    })
}
