//! The native connector `optimizer`: whether the remote optimizer can be asked, and what to do when not.

use std::sync::Arc;

use servo_config::{Common, Optimizer};
use servo_events::{BoxFuture, Call, Context, Event, Handler, Reply, Verdict};
use servo_optimizer::client::Environment;
use servo_optimizer::session::{Answer, FailureKind};
use servo_optimizer::wire;
use servo_types::{Check, Code, Failure, Severity};

/// The name that no other connector can have: it is a key of servo.
pub(crate) const NAME: &str = "optimizer";

/// The id of its check.
const ANSWERS: &str = "answers";

/// The connector.
#[derive(Debug)]
pub(crate) struct Native {
    pub(crate) optimizer: Optimizer,
    /// As which of the servos of one application it asks.
    pub(crate) servo_uid: Option<String>,
    pub(crate) settings: Common,
    pub(crate) proxies: Environment,
}

impl Handler for Native {
    fn name(&self) -> &str {
        NAME
    }

    fn handles(&self, event: Event) -> bool {
        event == Event::Check
    }

    fn call(&self, call: Arc<Call>, context: Context) -> BoxFuture<'_, Result<Reply, Failure>> {
        Box::pin(async move {
            match &*call {
                Call::CheckList => Ok(Reply::Checks(vec![Check {
                    id: ANSWERS.to_owned(),
                    name: "The optimizer answers".to_owned(),
                    description: "Asks it as a run begins, without beginning one.".to_owned(),
                    severity: Severity::Critical,
                    tags: vec![NAME.to_owned()],
                    remedy: false,
                }])),
                Call::CheckRun { id } if id == ANSWERS => {
                    let asked = context.cancel.run_until_cancelled(self.look()).await;
                    let verdict = asked.ok_or_else(|| {
                        Failure::new(Code::Cancelled, "cancelled while asking the optimizer")
                    })?;
                    Ok(Reply::Checked(verdict))
                }
                Call::CheckRun { id } => Err(Failure::failed(format!("there is no check `{id}`"))),
                other => Err(Failure::failed(format!("`{NAME}` does not handle `{}`", other.event()))),
            }
        })
    }
}

impl Native {
    /// Asks once.
    async fn look(&self) -> Verdict {
        let failed =
            |message: String, hint: &str| Verdict { passed: false, message, hint: Some(hint.to_owned()) };
        let client = match super::access::client(&self.optimizer, &self.settings, &self.proxies) {
            Ok(client) => client,
            Err(error) => {
                return failed(error.to_string(), "see `optimizer` and `settings` in the configuration");
            }
        };
        // Without a parameter nothing begins.
        let hello = wire::Request { event: wire::Event::Hello(None), servo_uid: self.servo_uid.clone() };
        let body = match hello.write() {
            Ok(body) => body,
            Err(error) => return failed(error.to_string(), "report this as a mistake of servo"),
        };
        let url = self.optimizer.place();
        match client.post(body.into()).await {
            Answer::Body(body) => match wire::Reply::read(&body) {
                Ok(_) => Verdict { passed: true, message: format!("{url} answers"), hint: None },
                Err(error) => failed(
                    format!("{url} answers something else: {error}"),
                    "see whether `optimizer.url` leads to an optimizer, not to a proxy or a page for people",
                ),
            },
            Answer::Refused(refusal) => {
                let detail = if refusal.detail.is_empty() { "" } else { ": " };
                let message = format!("{url} answers {}{detail}{}", refusal.status, refusal.detail);
                failed(message, refused(refusal.status))
            }
            Answer::Failed(failure) => failed(failure.message, unanswered(failure.kind)),
        }
    }
}

/// What to do about a status that is no success.
fn refused(status: u16) -> &'static str {
    match status {
        401 | 403 => {
            "the token is refused: see `optimizer.token`, `optimizer.token_file`, OPSANI_TOKEN and OPSANI_TOKEN_FILE"
        }
        404 => "no such application (yet): see `optimizer.id`, `base_url` and `url`",
        410 => "another servo has taken its place: see that only one runs, or `servo_uid`",
        300..=399 => "redirects are not followed: write where it leads into `optimizer.url`",
        500.. => "the optimizer itself is in trouble: try again later",
        _ => "see `optimizer` in the configuration",
    }
}

/// What to do when nothing came back.
fn unanswered(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Network => {
            "see `optimizer.base_url` and `url`, `settings.proxies`, and whether this machine reaches it"
        }
        FailureKind::Tls => {
            "`settings.ssl_verify` names a file with the authority that signed its certificate"
        }
        FailureKind::Timeout => "`settings.timeouts` says how long an answer may take",
        FailureKind::TooLarge => "see whether `optimizer.url` leads to an optimizer",
        FailureKind::Credentials => "see the credentials of `optimizer`, and where its tokens are asked for",
    }
}
