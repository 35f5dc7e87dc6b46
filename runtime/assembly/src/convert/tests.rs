use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;

/// A connector with these endpoints in its settings, and what was granted to it for them.
fn connector(grants: c::Grants, endpoints: &[(&str, c::EndpointUse)]) -> c::Connector {
    let name = "test".to_owned();
    let origin = c::Origin::Default;
    let endpoint = |(url, use_for): &(&str, c::EndpointUse)| c::GrantedEndpoint {
        endpoint: c::Endpoint::of_url(url).unwrap(),
        use_for: *use_for,
        path: "test.url".into(),
        origin: c::Origin::Default,
    };
    c::Connector {
        alias: name.clone(),
        kind: c::ConnectorRef::Named(name.clone()),
        connector: Arc::new(c::ConnectorType {
            name: name.clone(),
            class: name.clone(),
            schema: true.into(),
            description: name,
        }),
        description: None,
        settings: true.into(),
        limits: t::Limits::default(),
        limit_sources: BTreeMap::new(),
        grants,
        endpoints: endpoints.iter().map(endpoint).collect(),
        files: Vec::new(),
        origin,
    }
}

#[test]
fn the_term_goes_to_an_endpoint_below_a_granted_wildcard() {
    let (below, term_header) = ("http://*.example.com", Some("X-Term".to_owned()));
    let to = c::Endpoint::parse_granted(below).unwrap();
    let origin = c::Origin::Default;
    let http = c::HttpGrant {
        to: to.clone(),
        credential: None,
        signature: None,
        header_files: Default::default(),
        term_header: term_header.clone(),
        addresses: Vec::new(),
        ca_file: None,
        client_certificate: None,
        origin: origin.clone(),
    };
    let load = c::LoadGrant { to, term_header, addresses: Vec::new(), origin };
    let said = c::Grants { http: vec![http], load: vec![load], ..c::Grants::default() };
    let uses = [c::EndpointUse::Http, c::EndpointUse::Load];
    for (url, told) in [("http://a.example.com/x", true), ("http://example.org/", false)] {
        let made = grants(&connector(said.clone(), &uses.map(|use_for| (url, use_for)))).unwrap();
        for list in [&made.http, &made.load] {
            let terms: Vec<_> = list.iter().map(|grant| grant.term_header.is_some()).collect();
            assert_eq!(terms, [true, told], "{url}: {list:?}");
        }
    }
    let wrong = c::Grants {
        load: vec![c::LoadGrant { term_header: Some("a b".into()), ..said.load[0].clone() }],
        ..c::Grants::default()
    };
    let why = grants(&connector(wrong, &[])).unwrap_err();
    assert!(why.contains("`a b` is not the name of a header"), "{why}");
}
