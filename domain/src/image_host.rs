//! Which registry an image reference names.

/// The registry's authority and the path of an image reference, without tag and digest. References without a host are
/// in Docker Hub, those of one component in its `library` (distribution's reference grammar).
///
/// ```
/// # use domain::split_image_reference;
/// assert_eq!(split_image_reference("reg.example.com:5000/team/app:1.2"), ("reg.example.com:5000", "team/app".to_owned()));
/// assert_eq!(split_image_reference("busybox"), ("docker.io", "library/busybox".to_owned()));
/// ```
pub fn split_image_reference(reference: &str) -> (&str, String) {
    let name = reference.split('@').next().unwrap_or_default();
    // A colon before the last slash belongs to a port.
    let (path_end, tag) = (name.rfind('/'), name.rfind(':'));
    let name = match tag {
        Some(tag) if path_end.is_none_or(|slash| tag > slash) => &name[..tag],
        _ => name,
    };
    match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
            if matches!(host, "docker.io" | "index.docker.io") {
                return ("docker.io", in_library(path));
            }
            (host, path.to_owned())
        }
        _ => ("docker.io", in_library(name)),
    }
}

fn in_library(path: &str) -> String {
    if path.contains('/') { path.to_owned() } else { format!("library/{path}") }
}

#[cfg(test)]
mod tests {
    use super::split_image_reference;

    #[test]
    fn a_reference_names_its_registry_or_docker_hub() {
        for (reference, host, path) in [
            ("busybox:1.36", "docker.io", "library/busybox"),
            ("docker.io/busybox", "docker.io", "library/busybox"),
            ("index.docker.io/team/app", "docker.io", "team/app"),
            ("team/app", "docker.io", "team/app"),
            ("localhost/app", "localhost", "app"),
            ("localhost:5000/app", "localhost:5000", "app"),
            ("reg.example.com:5000/a/b/c:tag@sha256:00", "reg.example.com:5000", "a/b/c"),
            ("reg.example.com/app@sha256:00", "reg.example.com", "app"),
            ("[::1]:5000/app", "[::1]:5000", "app"),
            ("", "docker.io", "library/"),
        ] {
            assert_eq!(split_image_reference(reference), (host, path.to_owned()), "{reference}");
        }
    }
}
