//! Which container this process runs in, by what the engine made around it.

use std::sync::OnceLock;

static ID: OnceLock<Option<String>> = OnceLock::new();

/// The files that engines mount into a container from a folder named after its id.
const MOUNTED: &[&str] =
    &["/run/.containerenv", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"];

/// Looks for the id, once. Called before files are confined and the user is
/// changed: after that nothing under /proc can be read any more.
pub fn remember() {
    id();
}

/// The whole id; none where it is no container, or cannot be told.
pub fn id() -> Option<&'static str> {
    let found = ID.get_or_init(|| {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        of_groups(&read("/proc/self/cgroup")).or_else(|| of_mounts(&read("/proc/self/mountinfo")))
    });
    found.as_deref()
}

fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// By the control groups, which a container sees whole in the host's namespace
/// of them (version 1, and `--cgroupns host`): `…/docker/ID`,
/// `…/docker-ID.scope`, `…/libpod-ID.scope/container`. The last is the innermost.
fn of_groups(groups: &str) -> Option<String> {
    groups.split(['/', '\n']).rev().find_map(|segment| {
        let name = segment.strip_suffix(".scope").unwrap_or(segment);
        let bare = ["docker-", "libpod-"].iter().find_map(|prefix| name.strip_prefix(prefix));
        Some(bare.unwrap_or(name)).filter(|id| is_id(id)).map(str::to_string)
    })
}

/// By the files that the engine mounts (`…/containers/ID/hostname`, and
/// `/ID/hostname` where that folder is a file system of its own). Other mounts
/// do not count: they may be another container's. Nor does a sandbox of
/// Kubernetes, which is no container of this engine.
fn of_mounts(mounts: &str) -> Option<String> {
    MOUNTED.iter().find_map(|wanted| {
        mounts.lines().find_map(|line| {
            let mut fields = line.split(' ').skip(3);
            let (root, point) = (fields.next()?, fields.next()?);
            if point != *wanted || root.contains("/sandboxes/") {
                return None;
            }
            // The last: the folders above may be named after a volume, or an outer container.
            root.rsplit('/').find(|segment| is_id(segment)).map(str::to_string)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{of_groups, of_mounts};

    fn id(digit: char) -> String {
        std::iter::repeat_n(digit, 64).collect()
    }

    #[test]
    fn finds_the_container_in_the_list_of_mounts() {
        let (ours, other) = (id('a'), id('b'));
        let root = "36 25 0:32 / / rw - overlay overlay rw\n";
        for line in [
            format!("40 36 8:1 /var/lib/docker/containers/{ours}/hostname /etc/hostname rw - ext4 /dev/sda1 rw"),
            // A volume of the engine's data, and one of its containers alone.
            format!("40 36 8:1 /docker/containers/{ours}/hosts /etc/hosts rw - ext4 /dev/sdb1 rw"),
            format!("40 36 8:1 /{ours}/resolv.conf /etc/resolv.conf rw - ext4 /dev/sdb1 rw"),
            format!("41 36 0:24 /containers/storage/overlay-containers/{ours}/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw"),
            // An engine in a container: its data is in a volume without a name.
            format!("40 36 8:1 /var/lib/docker/volumes/{other}/_data/containers/{ours}/hostname /etc/hostname rw - ext4 /dev/sda1 rw"),
            // Another's files are mounted before ours.
            format!(
                "39 36 8:1 /var/lib/docker/containers/{other}/x.log /logs rw - ext4 /dev/sda1 rw\n\
                 40 36 8:1 /var/lib/docker/containers/{ours}/hostname /etc/hostname rw - ext4 /dev/sda1 rw"
            ),
            // podman, in the network of another container.
            format!(
                "40 36 0:24 /overlay-containers/{other}/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw\n\
                 41 36 0:24 /overlay-containers/{ours}/userdata/.containerenv /run/.containerenv rw - tmpfs tmpfs rw"
            ),
        ] {
            assert_eq!(of_mounts(&format!("{root}{line}\n")), Some(ours.clone()), "{line}");
        }
        for line in [
            "40 36 8:1 /containers/abc/hostname /etc/hostname rw - ext4 /dev/sda1 rw".to_string(),
            format!("40 36 8:1 /containers/{other}/hostname /x rw - ext4 /dev/sda1 rw"),
            format!("40 36 8:1 /io.containerd.grpc.v1.cri/sandboxes/{other}/hostname /etc/hostname rw - ext4 /dev/sda1 rw"),
            "25 1 8:1 / / rw - ext4 /dev/sda1 rw".to_string(),
            String::new(),
        ] {
            assert_eq!(of_mounts(&format!("{root}{line}\n")), None, "{line}");
        }
    }

    #[test]
    fn finds_the_container_in_the_control_groups() {
        let (ours, outer) = (id('a'), id('b'));
        for text in [
            format!("12:pids:/docker/{ours}\n0::/system.slice/containerd.service\n"),
            format!("0::/system.slice/docker-{ours}.scope\n"),
            format!("0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ours}.scope/container\n"),
            format!("0::/docker/{outer}/docker/{ours}\n"),
        ] {
            assert_eq!(of_groups(&text), Some(ours.clone()), "{text}");
        }
        for text in [
            "0::/\n".to_string(),
            "0::/system.slice/docker.service\n".to_string(),
            format!("0::/kubepods.slice/cri-containerd-{outer}.scope\n"),
            String::new(),
        ] {
            assert_eq!(of_groups(&text), None, "{text}");
        }
    }
}
