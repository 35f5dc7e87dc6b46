//! From the configuration's types to those of the host and the optimizer.

use std::collections::BTreeMap;
use std::time::Duration;

use servo_config as c;
use servo_events::Event;
use servo_host as h;
use servo_optimizer as o;
use servo_types as t;

/// The grants of a connector, those that follow from its settings included; or which event it may not be granted.
pub(crate) fn grants(connector: &c::Connector) -> Result<h::Grants, String> {
    let liveness = connector.grants.liveness.as_ref().map(|grant| match grant.access {
        c::Access::Read => h::Access::Read,
        c::Access::Write => h::Access::Write,
    });
    let mut grants = h::Grants { state: connector.grants.state.is_some(), liveness, ..h::Grants::default() };
    for grant in &connector.grants.http {
        let mut secrets = Vec::new();
        match &grant.credential {
            Some(c::Credential::BearerFile(file)) => {
                secrets.push(secret(http::header::AUTHORIZATION, h::SecretForm::Bearer, file));
            }
            Some(c::Credential::Basic { username, password_file }) => {
                let form = h::SecretForm::Basic { username: username.clone() };
                secrets.push(secret(http::header::AUTHORIZATION, form, password_file));
            }
            None => {}
        }
        for (name, file) in &grant.header_files {
            secrets.push(secret(header(name)?, h::SecretForm::Plain, file));
        }
        let addresses = grant.addresses.iter().map(|range| (range.address, range.prefix)).collect();
        grants.http.push(h::HttpGrant {
            to: pattern(&grant.to)?,
            source: grant.origin.to_string(),
            secrets,
            addresses,
            certificates: h::Certificates {
                authorities: grant.ca_file.clone(),
                client: grant.client_certificate.clone(),
            },
            term_header: grant.term_header.clone().map(|name| header(&name)).transpose()?,
        });
    }
    for grant in &connector.grants.load {
        let addresses = grant.addresses.iter().map(|range| (range.address, range.prefix)).collect();
        let term_header = grant.term_header.as_deref().map(header).transpose()?;
        let plain = plain(pattern(&grant.to)?, grant.origin.to_string());
        grants.load.push(h::HttpGrant { addresses, term_header, ..plain });
    }
    for endpoint in &connector.endpoints {
        let to = pattern(&endpoint.endpoint)?;
        let said = match endpoint.use_for {
            c::EndpointUse::Http => &grants.http,
            c::EndpointUse::Load => &grants.load,
        };
        // It wins over a wildcard that was granted for it, and the target is to be told all the same.
        let term_header =
            said.iter().filter(|grant| grant.to.covers(&to)).find_map(|grant| grant.term_header.clone());
        let source = format!("{} ({})", endpoint.path, endpoint.origin);
        let grant = h::HttpGrant { term_header, ..plain(to, source) };
        match endpoint.use_for {
            c::EndpointUse::Http => grants.http.push(grant),
            c::EndpointUse::Load => grants.load.push(grant),
        }
    }
    for c::DispatchGrant { event: name, .. } in &connector.grants.dispatch {
        let event = Event::from_name(name).filter(|event| event.is_shared());
        let known = || {
            let shared = Event::ALL.iter().filter(|event| event.is_shared());
            shared.map(Event::name).collect::<Vec<_>>().join(", ")
        };
        let event = event.ok_or_else(|| {
            format!(
                "`{name}` is no event that can be dispatched; there are {}, and those that connectors define",
                known()
            )
        })?;
        grants.dispatch.insert(event);
    }
    for grant in &connector.grants.tcp {
        let to = h::Origin::of_peer(&grant.host, grant.port).into();
        grants.tcp.push(plain(to, grant.origin.to_string()));
    }
    Ok(grants)
}

/// What is used of limits, no more exact than a person reads: KiB, milliseconds and whole percents.
pub(crate) fn rounded(used: t::Limits) -> t::Limits {
    let ms = |time: Duration| Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    let cpu_share = (used.cpu_share * 100.0).round() / 100.0;
    let memory = used.memory.next_multiple_of(1 << 10);
    t::Limits { memory, cpu: ms(used.cpu), wall: ms(used.wall), cpu_share, ..used }
}

/// What the optimizer may change.
pub(crate) fn space(description: &t::Description) -> Result<o::Space, o::SpaceError> {
    let mut settings = Vec::new();
    for component in &description.components {
        for setting in &component.settings {
            let domain = match &setting.domain {
                t::Domain::Range(range) => {
                    let whole = |value: f64| value.fract() == 0.0;
                    let step = (range.step > 0.0).then_some(range.step);
                    let integer = step.is_some_and(whole) && whole(range.min);
                    match (o::Domain::range(range.min, range.max, step, integer), range.scale) {
                        (o::Domain::Range { min, max, step, integer, .. }, t::Scale::Log) => {
                            o::Domain::Range { min, max, step, integer, log: true }
                        }
                        (domain, _) => domain,
                    }
                }
                t::Domain::Enum { values } => o::Domain::Enum(values.iter().map(value).collect()),
            };
            let current = setting.value.as_ref().map_or(o::Value::Text(String::new()), value);
            settings.push(o::Setting {
                component: component.name.clone(),
                name: setting.name.clone(),
                domain,
                value: current,
                pinned: setting.pinned,
            });
        }
    }
    o::Space::new(settings)
}

/// The adjustments that lead to `settings`; pinned settings are left out.
pub(crate) fn adjustments(space: &o::Space, settings: &o::Settings) -> Vec<t::Adjustment> {
    let one = |setting: &o::Setting| {
        let value = settings.get(&setting.id())?;
        Some(t::Adjustment {
            component: setting.component.clone(),
            setting: setting.name.clone(),
            value: back(value),
        })
    };
    space.settings().iter().filter(|setting| !setting.pinned).filter_map(one).collect()
}

/// Whether the application has these settings.
pub(crate) fn has(description: &t::Description, adjustments: &[t::Adjustment]) -> bool {
    adjustments.iter().all(|wanted| {
        let setting = description.setting(&wanted.component, &wanted.setting);
        setting.and_then(|setting| setting.value.as_ref()).is_some_and(|value| value.same(&wanted.value))
    })
}

/// Of so many checks in a row each must find a constraint violated before it ends a measurement: one alone may be noise.
const VIOLATIONS: u32 = 2;

/// The constraints that connectors can watch: those that compare a metric with a number. What is known of a setting needs
/// no measurement.
pub(crate) fn slo(objective: &o::CheckedObjective, space: &o::Space) -> Option<t::Slo> {
    let is_setting = |name: &str| space.settings().iter().any(|setting| setting.id() == name);
    let condition = |limit: o::Limit| {
        let (keep, number) = match limit.bound {
            o::Bound::AtMost(number) => (t::Keep::Below, number),
            o::Bound::AtLeast(number) => (t::Keep::Above, number),
        };
        t::Condition {
            metric: limit.name,
            keep,
            threshold: t::Threshold::Fixed(number),
            trigger_count: VIOLATIONS,
            trigger_window: VIOLATIONS,
        }
    };
    let watched = objective.limits().filter(|limit| !is_setting(&limit.name));
    let conditions: Vec<_> = watched.map(condition).collect();
    (!conditions.is_empty()).then_some(t::Slo { conditions })
}

/// The mean of each metric; several series of one metric count alike.
pub(crate) fn means(measurement: &t::Measurement) -> BTreeMap<String, o::Reading> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut samples: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for reading in &measurement.readings {
        let Some(mean) = reading.mean() else { continue };
        values.entry(reading.metric()).or_default().push(mean);
        if let t::Reading::Series(series) = reading {
            samples
                .entry(reading.metric())
                .or_default()
                .extend(series.values.iter().filter(|value| value.is_finite()));
        }
    }
    let mut means = BTreeMap::new();
    for (metric, of_series) in values {
        let mean = of_series.iter().sum::<f64>() / of_series.len() as f64;
        let samples = samples.remove(metric).unwrap_or_default();
        let deviation = (samples.len() > 1).then(|| {
            let center = samples.iter().sum::<f64>() / samples.len() as f64;
            let squares: f64 = samples.iter().map(|value| (value - center).powi(2)).sum();
            (squares / (samples.len() - 1) as f64).sqrt()
        });
        let count = (!samples.is_empty()).then_some(samples.len() as u64);
        means.insert(metric.to_owned(), o::Reading { mean, deviation, samples: count });
    }
    means
}

fn header(name: &str) -> Result<http::HeaderName, String> {
    name.parse().map_err(|_| format!("`{name}` is not the name of a header"))
}

/// A grant to which the host adds nothing.
fn plain(to: h::OriginPattern, source: String) -> h::HttpGrant {
    let (secrets, addresses, certificates) = (Vec::new(), Vec::new(), h::Certificates::default());
    h::HttpGrant { to, source, secrets, addresses, certificates, term_header: None }
}

fn secret(name: http::HeaderName, form: h::SecretForm, file: &std::path::Path) -> h::SecretHeader {
    h::SecretHeader { name, form, file: file.to_owned() }
}

fn pattern(endpoint: &c::Endpoint) -> Result<h::OriginPattern, String> {
    let host =
        if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
    let text = format!("{}://{host}:{}", endpoint.scheme, endpoint.port);
    text.parse().map_err(|error: h::OriginError| error.to_string())
}

fn value(value: &t::Value) -> o::Value {
    match value {
        t::Value::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            o::Value::Integer(*number as i64)
        }
        t::Value::Number(number) => o::Value::Number(*number),
        t::Value::Text(text) => o::Value::Text(text.clone()),
    }
}

fn back(value: &o::Value) -> t::Value {
    match value {
        o::Value::Integer(number) => t::Value::Number(*number as f64),
        o::Value::Number(number) => t::Value::Number(*number),
        o::Value::Text(text) => t::Value::Text(text.clone()),
        o::Value::Bool(truth) => t::Value::Text(truth.to_string()),
    }
}

#[cfg(test)]
mod tests;
