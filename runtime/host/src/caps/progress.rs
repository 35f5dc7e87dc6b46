//! Progress and interruptible waiting: `servo:connector/progress`.

use std::time::Duration;

use servo_events::Update;

use crate::bindings::imported::progress::{self, Directive, Host};
use crate::convert;
use crate::state::State;

impl Host for State {
    fn report(&mut self, update: progress::Update) -> wasmtime::Result<Directive> {
        let asker = &self.call.asker;
        let readings = update.readings.into_iter().map(convert::reading).collect();
        let update = Update { percent: update.percent, message: update.message, readings };
        if let Some(stage) = &self.tenant.stage {
            stage.script().reported(update.clone());
        }
        asker.context.report(update);
        Ok(if asker.stop().is_cancelled() { Directive::Cancel } else { Directive::GoOn })
    }

    async fn wait(&mut self, duration: u32) -> wasmtime::Result<Directive> {
        let cancelled = self.call.asker.stop().cancelled();
        Ok(tokio::select! {
            biased;
            () = cancelled => Directive::Cancel,
            () = tokio::time::sleep(Duration::from_millis(duration.into())) => Directive::GoOn,
        })
    }
}
