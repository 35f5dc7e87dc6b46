//! From the configuration's types to those of the host.

use std::time::Duration;

use servo_config as c;
use servo_events::Event;
use servo_host as h;
use servo_types as t;

pub(crate) use servo_optimizer::convert::{adjustments, failed, has, means, slo, space};

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
        if let Some((name, file)) = &grant.signature {
            secrets.push(secret(header(name)?, h::SecretForm::HmacSha256, file));
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

#[cfg(test)]
mod tests;
