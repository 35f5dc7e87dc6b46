use std::io::Cursor;

use proptest::prelude::*;
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use super::*;
use crate::manifest::{About, Artifact, Descriptor, Manifest};
use crate::signature::{KeyKind, SigningKey, sign};
use crate::store::{Hold, Store};

const COMPONENT_MAX: u64 = 1 << 20;

/// A store in a folder of its own.
struct World {
    _folder: TempDir,
    hold: Hold,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("store")).expect("a store");
        Self { hold: store.hold().await.expect("a hold"), _folder: folder }
    }

    /// Puts an artifact into the store.
    fn artifact(&self, reference: &str, content: &[u8]) -> Bundled {
        let artifact = Artifact::new(Digest::of(content), content.len() as u64, &About::default());
        for part in [content, &artifact.config, &artifact.manifest] {
            self.hold.put(part).expect("put");
        }
        let reference = reference.parse().expect(reference);
        Bundled { reference, manifest: Digest::of(&artifact.manifest), signatures: Vec::new() }
    }

    fn write(&self, artifacts: &[Bundled]) -> Vec<u8> {
        let mut archive = Vec::new();
        write(artifacts, self.hold.store(), &mut archive).expect("an archive");
        archive
    }

    fn read(&self, archive: &[u8]) -> Result<Vec<Unpacked>, LayoutError> {
        read(Cursor::new(archive), &self.hold, COMPONENT_MAX)
    }

    fn has(&self, digest: &Digest) -> bool {
        self.hold.store().blob(digest).expect("the store").is_some()
    }
}

/// An archive of these entries.
fn tar(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = Header::new_ustar();
        // Names that the library would refuse to write.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, *content).expect("an entry");
    }
    tar.into_inner().expect("an archive")
}

const FILE: EntryType = EntryType::Regular;
/// The rest of an entry with a name.
const NAMED: &str = r#","annotations":{"org.opencontainers.image.ref.name":"r/a:1.2"}"#;
const LAYOUT: (&str, EntryType, &[u8]) = ("oci-layout", FILE, br#"{"imageLayoutVersion":"1.0.0"}"#);

/// A small archive as somebody else may write it.
fn foreign(index: &str, blobs: &[&[u8]]) -> Vec<u8> {
    let names: Vec<String> =
        blobs.iter().map(|blob| format!("blobs/sha256/{}", Digest::of(blob).hex())).collect();
    let blobs = names.iter().zip(blobs).map(|(name, blob)| (name.as_str(), FILE, *blob));
    let mut entries: Vec<_> = blobs.collect();
    // In the order in which skopeo has them.
    entries.extend([("index.json", FILE, index.as_bytes()), LAYOUT]);
    tar(&entries)
}

fn index_of(manifest: &[u8], more: &str) -> String {
    format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":{}{more}}}]}}"#,
        Digest::of(manifest),
        manifest.len()
    )
}

#[tokio::test]
async fn artifacts_travel_with_their_signatures() {
    let (here, there) = (World::new().await, World::new().await);
    let mut one = here.artifact("oci://r.example.com:5000/connectors/one:1.2", b"one");
    let two = here.artifact(&format!("oci://r/two@{}", one.manifest), b"two");
    let two = Bundled { reference: two.reference.at(two.manifest), ..two };
    for kind in [KeyKind::EcdsaP256, KeyKind::Ed25519] {
        let key = SigningKey::generate(kind).expect("a key");
        one.signatures.push(sign(&key, &one.reference, &one.manifest).expect("a signature"));
    }
    let archive = here.write(&[one.clone(), two.clone()]);
    assert_eq!(archive, here.write(&[two.clone(), one.clone(), two.clone()]), "always the same");

    let found = there.read(&archive).expect("artifacts");
    assert_eq!(found, there.read(&archive).expect("artifacts"), "once more");
    assert_eq!(found.len(), 2);
    let of = |name: &Bundled| {
        let found = found.iter().find(|one| one.references == [name.reference.clone()]);
        found.unwrap_or_else(|| panic!("{}", name.reference))
    };
    let (first, second) = (of(&one), of(&two));
    assert_eq!((first.manifest, second.manifest), (one.manifest, two.manifest));
    assert_eq!((first.component, first.size), (Digest::of(b"one"), 3));
    assert_eq!(first.signatures, one.signatures);
    assert!(second.signatures.is_empty());
    for digest in found.iter().flat_map(|one| [one.manifest, one.config, one.component]) {
        assert!(there.has(&digest), "{digest}");
    }
}

#[tokio::test]
async fn what_is_not_here_cannot_be_written() {
    let world = World::new().await;
    let missing = Bundled {
        reference: "oci://r/a:1".parse().expect("a reference"),
        manifest: Digest::of(b"nothing"),
        signatures: Vec::new(),
    };
    let error = write(&[missing], world.hold.store(), &mut Vec::new()).expect_err("an error").to_string();
    assert!(error.contains("servo pull oci://r/a:1"), "{error}");
}

#[tokio::test]
async fn an_archive_of_somebody_else_is_read() {
    let world = World::new().await;
    let artifact = Artifact::new(Digest::of(b"it"), 2, &About::default());
    let blobs = [b"it".as_slice(), &artifact.config, &artifact.manifest];
    for more in ["", r#","annotations":{"org.opencontainers.image.ref.name":"1.2"}"#] {
        let error = world.read(&foreign(&index_of(&artifact.manifest, more), &blobs)).expect_err("no name");
        assert!(error.to_string().contains("oci-archive:FILE:HOST/NAME:TAG"), "{error}");
        assert!(!world.has(&Digest::of(b"it")), "it was kept");
    }
    let found = world.read(&foreign(&index_of(&artifact.manifest, NAMED), &blobs)).expect("artifacts");
    assert_eq!(found[0].references[0].to_string(), "oci://r/a:1.2");
    // Through an index, as for several systems, and with remarks and other files that mean nothing.
    let inner = index_of(&artifact.manifest, r#","platform":{"architecture":"wasm","os":"wasip2"}"#);
    let outer = index_of(inner.as_bytes(), NAMED).replace("image.manifest.v1", "image.index.v1");
    let mut archive = tar(&[
        ("x", EntryType::XHeader, b"30 mtime=1700000000.123456789\n"),
        ("./README", FILE, b"hello"),
        ("blobs", EntryType::Directory, b""),
    ]);
    archive.truncate(archive.len() - 1024);
    archive.extend(foreign(&outer, &[blobs[0], blobs[1], blobs[2], inner.as_bytes()]));
    let found = world.read(&archive).expect("artifacts");
    assert_eq!(found[0].manifest, Digest::of(&artifact.manifest));
}

#[tokio::test]
async fn what_is_no_layout_is_refused_and_leaves_nothing() {
    let artifact = Artifact::new(Digest::of(b"it"), 2, &About::default());
    let index = index_of(&artifact.manifest, NAMED);
    let all = [b"it".as_slice(), &artifact.config, &artifact.manifest];
    let good = foreign(&index, &all);
    let after = |entry: (&str, EntryType, &[u8])| {
        [&tar(&[entry])[..512 * (1 + entry.2.len().div_ceil(512))], &good].concat()
    };
    let image = br#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0},"layers":[]}"#;
    let swapped = {
        let mut archive = good.clone();
        let at = archive.windows(2).position(|two| two == b"it").expect("the component");
        archive[at] = b'I';
        archive
    };
    let huge = {
        let artifact = Artifact::new(Digest::of(b"it"), COMPONENT_MAX + 1, &About::default());
        foreign(&index_of(&artifact.manifest, NAMED), &[b"it", &artifact.config, &artifact.manifest])
    };
    let longer = {
        let artifact = Artifact::new(Digest::of(b"it"), 1, &About::default());
        foreign(&index_of(&artifact.manifest, NAMED), &[b"it", &artifact.config, &artifact.manifest])
    };
    let many: Vec<_> = (0..10_001).map(|_| ("x", EntryType::Directory, b"".as_slice())).collect();
    for (archive, expected) in [
        (Vec::new(), "no file `oci-layout`"),
        (b"\x1f\x8b\x08 and so on".to_vec(), "compressed with gzip"),
        (vec![0xff; 5000], "as a tar"),
        (tar(&[LAYOUT]), "no file `index.json`"),
        (tar(&[("oci-layout", FILE, br#"{"imageLayoutVersion":"2.0.0"}"#)]), "than version 1"),
        (foreign("{}", &[]), "`index.json` is no list"),
        // Any file of this machine, as root may name it.
        ("root:x:0:0:root:/root:/bin/bash\n".repeat(40).into_bytes(), "cannot be read as a tar;"),
        (foreign(r#"{"schemaVersion":2,"manifests":[]}"#, &[]), "lists nothing"),
        (foreign(&index, &all[..2]), "a manifest, is not in the archive"),
        (foreign(&index, &[all[0], all[2]]), "a configuration, is not in the archive"),
        (foreign(&index, &all[1..]), "a component, is not in the archive"),
        (foreign(&index_of(image, ""), &[image]), "container image"),
        (swapped, "was expected and"),
        (huge, "bytes; at most 1048576"),
        (longer, "2 came"),
        (good[..good.len() / 2].to_vec(), ""),
        (after(("../evil", FILE, b"x")), "leads out"),
        (after(("blobs/../../evil", FILE, b"x")), "leads out"),
        (after(("/etc/evil", FILE, b"x")), "leads out"),
        (after(("blobs/sha256/link", EntryType::Symlink, b"")), "it is a link"),
        (after(("hard", EntryType::Link, b"")), "it is a link"),
        (after(("device", EntryType::Char, b"")), "neither a file"),
        (after(("sparse", EntryType::GNUSparse, b"")), "neither a file"),
        (after(("long", EntryType::GNULongName, b"x")), "that long"),
        (after(("pax", EntryType::XHeader, b"20 path=../../evil\n")), "contradict"),
        (after(("pax", EntryType::XHeader, &[b'x'; 100_000])), "64 KiB"),
        (after(("index.json", FILE, index.as_bytes())), "there twice"),
        (tar(&many), "more than 10000"),
    ] {
        let world = World::new().await;
        let error = world.read(&archive).expect_err(expected).to_string();
        assert!(error.contains(expected) && error.len() < 700, "{expected}: {error}");
        let nothing = !world.has(&Digest::of(b"it")) && !world.has(&Digest::of(&artifact.manifest));
        assert!(nothing, "{expected}: something was kept");
    }
}

#[tokio::test]
async fn a_size_that_an_entry_only_claims_takes_no_memory() {
    let world = World::new().await;
    let mut archive = tar(&[("oci-layout", FILE, b"x")]);
    for size in [1 << 20, 1 << 40, u64::MAX / 2, u64::MAX] {
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..512].copy_from_slice(&archive[..512]);
        header.set_size(size);
        header.set_cksum();
        archive[..512].copy_from_slice(header.as_bytes());
        assert!(world.read(&archive).is_err(), "{size}");
    }
}

#[tokio::test]
async fn what_is_listed_often_is_read_once() {
    let world = World::new().await;
    let artifact = Artifact::new(Digest::of(b"it"), 2, &About::default());
    let digest = Digest::of(&artifact.manifest);
    let key = SigningKey::generate(KeyKind::Ed25519).expect("a key");
    let signature = sign(&key, &"oci://r/a:1".parse().expect("a reference"), &digest).expect("a signature");
    let signatures = crate::signature::artifact::SignatureArtifact::new(&[signature]);
    let signed = signatures.manifest.to_bytes();
    let entry = |manifest: &[u8], name: &str| {
        let (digest, size) = (Digest::of(manifest), manifest.len());
        format!(
            r#"{{"mediaType":"{}","digest":"{digest}","size":{size},"annotations":{{"{NAME}":"{name}"}}}}"#,
            crate::manifest::media::MANIFEST
        )
    };
    let names = (0..500).map(|at| entry(&artifact.manifest, &format!("r/a:{}", at % 300)));
    let tag = format!("r/a:sha256-{}.sig", digest.hex());
    let entries: Vec<String> = names.chain((0..500).map(|_| entry(&signed, &tag))).collect();
    let index = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.join(","));
    let mut blobs = vec![b"it".as_slice(), &artifact.config, &artifact.manifest, &signed];
    blobs.extend(signatures.blobs.iter().map(Vec::as_slice));
    let found = world.read(&foreign(&index, &blobs)).expect("artifacts");
    assert_eq!((found.len(), found[0].references.len(), found[0].signatures.len()), (1, 300, 1));
}

#[tokio::test]
async fn signatures_have_a_limit_together() {
    let world = World::new().await;
    let artifact = Artifact::new(Digest::of(b"it"), 2, &About::default());
    let bundle = vec![b' '; 512 << 10];
    let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let mut blobs = vec![b"it".to_vec(), artifact.config, artifact.manifest.clone(), bundle.clone()];
    let mut index = index_of(&artifact.manifest, NAMED);
    for number in 0..3 {
        let subject = Descriptor::of(crate::manifest::media::MANIFEST, &artifact.manifest);
        let layers = vec![Descriptor::of(kind, &bundle); 12];
        let config = Descriptor::of("application/vnd.oci.empty.v1+json", b"{}");
        let remarks = [("number".to_owned(), number.to_string())].into();
        let signed = Manifest::new(config, layers, remarks).with_subject(subject, kind).to_bytes();
        let entry = index_of(&signed, "");
        let entry = entry.split_once('[').expect("a list").1.trim_end_matches("]}").to_owned();
        index = index.replace("]}", &format!(",{entry}]}}"));
        blobs.push(signed);
    }
    let blobs: Vec<&[u8]> = blobs.iter().map(Vec::as_slice).collect();
    let error = world.read(&foreign(&index, &blobs)).expect_err("too many").to_string();
    assert!(error.contains("what signs the components") && error.contains("16777216"), "{error}");
    assert!(!world.has(&Digest::of(b"it")), "it was kept");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn damage_is_noticed_or_does_not_matter(
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
        cut in any::<prop::sample::Index>(),
        junk in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let world = runtime.block_on(World::new());
        let artifact = Artifact::new(Digest::of(b"it"), 2, &About::default());
        let good = foreign(&index_of(&artifact.manifest, NAMED), &[b"it", &artifact.config, &artifact.manifest]);
        let mut damaged = good.clone();
        let at = at.index(good.len());
        damaged[at] = with;
        for archive in [&damaged[..], &good[..cut.index(good.len())], &junk] {
            if let Ok(found) = world.read(archive) {
                for one in found {
                    prop_assert!(world.has(&one.manifest) && world.has(&one.config) && world.has(&one.component));
                }
            }
        }
    }
}
