//! The media types that are known here.

/// The manifest of one artifact.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Several manifests under one name.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The manifest of one artifact, as Docker had it first.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Several manifests under one name, as Docker had it first.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// The configuration of a component (CNCF Wasm OCI Artifact Layout).
pub const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// A component.
pub const COMPONENT: &str = "application/wasm";
/// A component, as `wasm-to-oci` pushed it.
pub const OLD_COMPONENT: &str = "application/vnd.wasm.content.layer.v1+wasm";
/// An empty configuration, `{}` (OCI Image Specification 1.1).
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// Everything that a component is called.
pub(crate) const COMPONENTS: [&str; 2] = [COMPONENT, OLD_COMPONENT];
/// Everything that a registry may give for a manifest.
pub(crate) const MANIFESTS: [&str; 4] = [MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_LIST];

/// What people call an artifact of this type, or with a configuration of this type.
pub(crate) fn name(media_type: &str) -> Option<&'static str> {
    Some(match media_type {
        "application/vnd.oci.image.config.v1+json" | "application/vnd.docker.container.image.v1+json" => {
            "a container image"
        }
        "application/vnd.cncf.helm.config.v1+json" => "a Helm chart",
        "application/vnd.dev.cosign.artifact.sig.v1+json" => "a signature",
        "application/vnd.cncf.openpolicyagent.config.v1+json" => "a policy bundle",
        _ => return None,
    })
}
