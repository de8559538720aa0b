//! An image to push.

use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// The smallest valid image (OCI image layout): no layers.
pub fn write_image(folder: &Path) {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let write = |text: String| {
        let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(blobs.join(&digest), &text).unwrap();
        (digest, text.len())
    };
    let (config, size) = write(
        r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"config":{}}"#.to_owned(),
    );
    let (manifest, length) = write(format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{config}","size":{size}}},"layers":[]}}"#
    ));
    fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    fs::write(
        folder.join("index.json"),
        format!(
            r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{manifest}","size":{length}}}]}}"#
        ),
    )
    .unwrap();
}
