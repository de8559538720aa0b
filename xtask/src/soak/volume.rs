//! A small file system in memory that can be filled completely.

use crate::command::{TaskResult, program};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A mounted tmpfs. Unmounted when dropped.
pub struct Volume(PathBuf);

impl Volume {
    /// Mounts one of this size on an empty folder. Needs root.
    pub fn mount(folder: &Path, size: &str) -> TaskResult<Self> {
        let options = format!("size={size},mode=700");
        program("mount").args(["-t", "tmpfs", "-o", &options, "portolan-soak"]).args([folder]).run()?;
        Ok(Self(folder.to_owned()))
    }

    /// Fills the remaining space. Returns how many bytes that was.
    pub fn fill(&self) -> TaskResult<u64> {
        let mut ballast = File::create(self.ballast()).map_err(|error| error.to_string())?;
        for size in [64 * 1024, 4 * 1024, 1] {
            let block = vec![0_u8; size];
            // The file system is far smaller than this many of the larger blocks.
            for _ in 0..4096 {
                if ballast.write_all(&block).is_err() {
                    break;
                }
            }
        }
        ballast.metadata().map(|metadata| metadata.len()).map_err(|error| error.to_string())
    }

    /// Frees the space.
    pub fn free(&self) -> TaskResult {
        fs::remove_file(self.ballast()).map_err(|error| error.to_string())
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = program("umount").args(["--lazy".as_ref(), self.0.as_os_str()]).run();
    }
}
