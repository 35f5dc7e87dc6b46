//! What a servo says about a command: how far it is, what came of it, or why nothing did.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use servo_types::{Code, Failure};

/// The reason of every result that went well.
const SUCCESS: &str = "success";

/// What a servo says about a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Report<T> {
    /// Which command, as the optimizer named it.
    pub cmd_uid: Option<String>,
    /// What about it.
    pub body: Body<T>,
}

/// What there is to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Body<T> {
    /// It is done.
    Done(T),
    /// It could not be done.
    Failed(Failed),
    /// It is being done.
    Progress(Progress),
}

/// Why a command could not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// In what way.
    pub status: ResultStatus,
    /// For people.
    #[serde(default)]
    pub message: Option<String>,
    /// A short word, for example `unschedulable`, `slo-violation`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// How far a command is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// In percent, from 0 to 100.
    pub progress: f64,
    /// Seconds since the command was begun.
    #[serde(default)]
    pub runtime: f64,
    /// For people.
    #[serde(default)]
    pub message: Option<String>,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultStatus {
    /// Well.
    Ok,
    /// Something went wrong.
    Failed,
    /// The change cannot be made.
    Rejected,
    /// Going on would have done harm.
    Aborted,
    /// Somebody asked for it.
    Cancelled,
}

impl<T> Report<T> {
    /// Whether nothing more will be said about the command.
    pub fn is_final(&self) -> bool {
        !matches!(self.body, Body::Progress(_))
    }
}

impl Failed {
    /// A failure as the optimizer is told: the codes that it does not know are failures with the code as the
    /// reason.
    pub fn of(failure: &Failure) -> Self {
        let (status, reason) = match failure.code {
            Code::Rejected => (ResultStatus::Rejected, None),
            Code::Aborted => (ResultStatus::Aborted, None),
            Code::Cancelled => (ResultStatus::Cancelled, None),
            Code::Failed => (ResultStatus::Failed, None),
            code => (ResultStatus::Failed, Some(code.name().to_owned())),
        };
        Self { status, message: Some(failure.message.clone()), reason: failure.reason.clone().or(reason) }
    }

    /// The failure.
    pub fn to_types(&self) -> Failure {
        let code = match self.status {
            ResultStatus::Rejected => Code::Rejected,
            ResultStatus::Aborted => Code::Aborted,
            ResultStatus::Cancelled => Code::Cancelled,
            ResultStatus::Ok | ResultStatus::Failed => Code::Failed,
        };
        let message = self.message.clone().unwrap_or_else(|| "the servo gave no message".to_owned());
        Failure { code, reason: self.reason.clone(), message }
    }
}

/// The keys of a result in their order.
#[derive(Serialize)]
struct Written<'a, T: Serialize> {
    status: ResultStatus,
    message: Option<&'a str>,
    reason: Option<&'a str>,
    #[serde(flatten)]
    result: Option<&'a T>,
    cmd_uid: Option<&'a str>,
}

/// The keys of progress in their order.
#[derive(Serialize)]
struct WrittenProgress<'a> {
    progress: f64,
    runtime: f64,
    cmd_uid: Option<&'a str>,
    message: Option<&'a str>,
}

/// The keys that tell results and progress apart.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    status: Option<ResultStatus>,
    #[serde(default)]
    cmd_uid: Option<String>,
}

impl<T: Serialize> Serialize for Report<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let cmd_uid = self.cmd_uid.as_deref();
        match &self.body {
            Body::Done(result) => {
                let (message, reason) = (None, Some(SUCCESS));
                Written { status: ResultStatus::Ok, message, reason, result: Some(result), cmd_uid }
                    .serialize(to)
            }
            Body::Failed(failed) => {
                let (message, reason) = (failed.message.as_deref(), failed.reason.as_deref());
                Written::<T> { status: failed.status, message, reason, result: None, cmd_uid }.serialize(to)
            }
            Body::Progress(Progress { progress, runtime, message }) => {
                let (progress, runtime, message) = (*progress, *runtime, message.as_deref());
                WrittenProgress { progress, runtime, cmd_uid, message }.serialize(to)
            }
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Report<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        let head = Head::deserialize(&value).map_err(D::Error::custom)?;
        let body = match head.status {
            None => Progress::deserialize(&value).map(Body::Progress),
            Some(ResultStatus::Ok) => T::deserialize(&value).map(Body::Done),
            Some(_) => Failed::deserialize(&value).map(Body::Failed),
        };
        Ok(Self { cmd_uid: head.cmd_uid, body: body.map_err(D::Error::custom)? })
    }
}
