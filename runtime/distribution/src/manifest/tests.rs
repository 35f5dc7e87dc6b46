use proptest::prelude::*;

use super::*;

fn component() -> Descriptor {
    Descriptor::of(media::COMPONENT, b"component")
}

fn artifact() -> Artifact {
    let about = About {
        title: Some("Prometheus".into()),
        version: Some("1.2.0".into()),
        licenses: Some("Apache-2.0".into()),
        contract: Some("0.1.0".into()),
        exports: vec!["servo:connector/metrics@0.1.0".into(), "servo:connector/ready@0.1.0".into()],
        imports: vec!["wasi:http/types@0.2.0".into()],
        ..About::default()
    };
    Artifact::new(component().digest, 9, &about)
}

#[test]
fn an_artifact_is_the_same_to_the_byte() {
    let digest = component().digest;
    let config = format!(
        "{{\"created\":\"1970-01-01T00:00:00Z\",\"architecture\":\"wasm\",\"os\":\"wasip2\",\
         \"layerDigests\":[\"{digest}\"],\"component\":{{\
         \"exports\":[\"servo:connector/metrics@0.1.0\",\"servo:connector/ready@0.1.0\"],\
         \"imports\":[\"wasi:http/types@0.2.0\"]}}}}"
    );
    let manifest = format!(
        "{{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\
         \"config\":{{\"mediaType\":\"application/vnd.wasm.config.v0+json\",\"digest\":\"{}\",\"size\":{}}},\
         \"layers\":[{{\"mediaType\":\"application/wasm\",\"digest\":\"{digest}\",\"size\":9}}],\
         \"annotations\":{{\"dev.servo.contract\":\"0.1.0\",\
         \"dev.servo.exports\":\"servo:connector/metrics@0.1.0,servo:connector/ready@0.1.0\",\
         \"org.opencontainers.image.licenses\":\"Apache-2.0\",\
         \"org.opencontainers.image.title\":\"Prometheus\",\"org.opencontainers.image.version\":\"1.2.0\"}}}}",
        Digest::of(config.as_bytes()),
        config.len()
    );
    let Artifact { manifest: made, config: described, .. } = artifact();
    assert_eq!(String::from_utf8_lossy(&described), config);
    assert_eq!(String::from_utf8_lossy(&made), manifest);
}

#[test]
fn what_is_said_about_a_component_is_read_again() {
    let Artifact { manifest, config, component, .. } = artifact();
    let (manifest, config) = (Manifest::parse(&manifest).unwrap(), Config::parse(&config).unwrap());
    assert_eq!(manifest.component(), Ok(&component));
    let about = About::read(&manifest, Some(&config));
    let created = "2026-11-21T12:00:00Z".parse().ok();
    let again = Artifact::new(component.digest, 9, &about);
    assert_eq!(again, artifact());
    // Without the configuration, what it imports is not known.
    assert_eq!(About::read(&manifest, None), About { imports: Vec::new(), ..about.clone() });
    let dated = Artifact::new(component.digest, 9, &About { created, ..about.clone() });
    let manifest = Manifest::parse(&dated.manifest).unwrap();
    assert_eq!(
        About::read(&manifest, Some(&Config::parse(&dated.config).unwrap())),
        About { created, ..about }
    );
}

fn manifest_of(config: &str, layers: &[&str]) -> Result<Manifest, ManifestError> {
    let digest = Digest::of(b"");
    let part = |kind: &str| format!("{{\"mediaType\":\"{kind}\",\"digest\":\"{digest}\",\"size\":0}}");
    let layers: Vec<String> = layers.iter().map(|layer| part(layer)).collect();
    let text =
        format!("{{\"schemaVersion\":2,\"config\":{},\"layers\":[{}]}}", part(config), layers.join(","));
    Manifest::parse(text.as_bytes())
}

#[test]
fn artifacts_of_others_are_read_and_anything_else_is_named() {
    for layer in [media::COMPONENT, media::OLD_COMPONENT] {
        assert!(manifest_of("application/vnd.wasm.config.v1+json", &[layer]).unwrap().component().is_ok());
    }
    let tar = "application/vnd.oci.image.layer.v1.tar+gzip";
    for (config, layers, text) in [
        ("application/vnd.oci.image.config.v1+json", &[tar][..], "this is a container image"),
        ("application/vnd.docker.container.image.v1+json", &[tar], "this is a container image"),
        ("application/vnd.cncf.helm.config.v1+json", &["application/tar+gzip"], "this is a Helm chart"),
        ("application/vnd.some", &["text/plain"], "`application/vnd.some` and its first layer `text/plain`"),
        (media::CONFIG, &[], "it has no layer"),
        (media::CONFIG, &[media::COMPONENT, media::COMPONENT], "there are 2 components in it"),
    ] {
        let error = manifest_of(config, layers).unwrap().component().unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn documents_that_are_none_are_refused() {
    let digest = Digest::of(b"");
    let part = format!("{{\"mediaType\":\"x\",\"digest\":\"{digest}\",\"size\":0}}");
    let layers = |count: usize| {
        format!(
            "{{\"schemaVersion\":2,\"config\":{part},\"layers\":[{}]}}",
            vec![part.clone(); count].join(",")
        )
    };
    assert!(Manifest::parse(layers(64).as_bytes()).is_ok());
    let remarks: Vec<String> = (0..257).map(|number| format!("\"{number}\":\"\"")).collect();
    let remarks =
        format!("{{\"schemaVersion\":2,\"config\":{part},\"annotations\":{{{}}}}}", remarks.join(","));
    for (text, expected) in [
        (layers(65), "there are 65 layers, more than 64"),
        (remarks, "there are 257 annotations, more than 256"),
        (String::new(), "cannot be read"),
        ("[".repeat(100_000), "cannot be read"),
        (format!("{{\"schemaVersion\":2,\"config\":{{\"x\":{}", "[".repeat(100_000)), "cannot be read"),
        ("{}".to_owned(), "schema version 0"),
        ("{\"schemaVersion\":1,\"fsLayers\":[]}".to_owned(), "schema version 1"),
        (format!("{{\"schemaVersion\":2,\"manifests\":[{part}]}}"), "found the kind index"),
        (
            format!("{{\"schemaVersion\":2,\"config\":{}}}", part.replace("sha256:", "sha512:")),
            "is no digest",
        ),
        (format!("{{\"schemaVersion\":2,\"config\":{}}}", part.replace(":0}", ":-1}")), "cannot be read"),
        (" ".repeat((4 << 20) + 1), "more than 4194304"),
    ] {
        let error = Manifest::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected) && error.len() < 500, "{error}");
    }
    assert!(Config::parse(&vec![b' '; (1 << 20) + 1]).is_err());
}

#[test]
fn the_component_of_an_index_is_found() {
    let entry = |architecture: &str| {
        let platform = Platform { architecture: architecture.into(), os: "linux".into() };
        Descriptor { platform: Some(platform), ..component() }
    };
    let typed = Descriptor { artifact_type: Some(media::CONFIG.into()), ..component() };
    for (entries, expected) in [
        (vec![component()], Ok(component())),
        (vec![entry("amd64"), entry("wasm")], Ok(entry("wasm"))),
        (vec![entry("amd64"), typed.clone()], Ok(typed.clone())),
        (vec![entry("wasm"), typed], Err("there are 2 components in it")),
        (vec![entry("amd64"), entry("arm64")], Err("an index of images for linux/amd64, linux/arm64")),
        (vec![component(), component()], Err("an index of something else")),
        (vec![], Err("an index of something else")),
    ] {
        let index = Index::parse(&Index::new(entries).to_bytes()).unwrap();
        match (index.component(), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(*found, expected),
            (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{error}"),
            (found, expected) => panic!("{found:?}, {expected:?}"),
        }
    }
    assert!(matches!(Index::parse(&artifact().manifest), Err(ManifestError::Kind { .. })));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = (Manifest::parse(&bytes), Index::parse(&bytes), Config::parse(&bytes));
    }

    #[test]
    fn any_damage_is_read_or_refused(at in 0_usize..400, with in any::<u8>(), until in 0_usize..600) {
        let Artifact { mut manifest, mut config, .. } = artifact();
        for bytes in [&mut manifest, &mut config] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = with;
            }
            bytes.truncate(until.max(at));
        }
        if let Ok(manifest) = Manifest::parse(&manifest) {
            let _ = (manifest.component(), About::read(&manifest, None));
            prop_assert_eq!(Manifest::parse(&manifest.to_bytes()).unwrap(), manifest);
        }
        let _ = Config::parse(&config);
    }

    #[test]
    fn what_is_made_is_read(title in ".*", exports in proptest::collection::vec("[a-z:/@0-9.]+", 0..20), size in any::<u64>()) {
        let about = About { title: Some(title), exports, ..About::default() };
        let Artifact { manifest, config, component } = Artifact::new(component().digest, size, &about);
        let (manifest, config) = (Manifest::parse(&manifest).unwrap(), Config::parse(&config).unwrap());
        prop_assert_eq!(manifest.component(), Ok(&component));
        prop_assert_eq!(About::read(&manifest, Some(&config)), about);
    }
}
