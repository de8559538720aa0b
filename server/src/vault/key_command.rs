//! A command that prints the key, for a key management service or a secret store.

use super::key::KeyError;
use rustix::process::{Pid, Signal, kill_process_group};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use zeroize::Zeroizing;

/// How long the command may take.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// The most that it may print: two keys with white space around them. Bytes.
const SIZE_LIMIT: u64 = 256;

/// Runs a command and returns what it prints. Its words are split as a shell splits them, but no shell runs: there are
/// no variables, pipes or patterns. Its standard error is discarded, because it may contain the key.
///
/// # Errors
/// See [`KeyError`].
pub async fn run(command: &str) -> Result<Zeroizing<String>, KeyError> {
    run_within(command, TIME_LIMIT).await
}

async fn run_within(command: &str, limit: Duration) -> Result<Zeroizing<String>, KeyError> {
    let words = shlex::split(command).ok_or(KeyError::Quotes)?;
    let (program, arguments) = words.split_first().ok_or(KeyError::Nothing)?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // What the command starts is part of its group, and ends with it.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(KeyError::NotRun)?;
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let done = timeout(limit, read_to_end(&mut child)).await;
    if !matches!(done, Ok(Ok(_)))
        && let Some(group) = group
    {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let (status, printed) = done.map_err(|_| KeyError::TimedOut(limit.as_secs()))??;
    if !status.success() {
        return Err(KeyError::Failed(status));
    }
    let text = std::str::from_utf8(&printed).map_err(|_| KeyError::Form)?;
    if text.trim_ascii().is_empty() {
        return Err(KeyError::Nothing);
    }
    Ok(Zeroizing::new(text.to_owned()))
}

async fn read_to_end(child: &mut Child) -> Result<(ExitStatus, Zeroizing<Vec<u8>>), KeyError> {
    // Large enough, so that no part of the key is left behind in memory when it grows.
    let mut printed = Zeroizing::new(Vec::with_capacity(2 * SIZE_LIMIT as usize));
    if let Some(output) = child.stdout.take() {
        output.take(SIZE_LIMIT + 1).read_to_end(&mut printed).await.map_err(KeyError::NotRun)?;
    }
    if printed.len() as u64 > SIZE_LIMIT {
        return Err(KeyError::TooMuch);
    }
    Ok((child.wait().await.map_err(KeyError::NotRun)?, printed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Key;

    async fn error(command: &str) -> KeyError {
        let error = run_within(command, Duration::from_secs(5)).await.unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
        error
    }

    #[tokio::test]
    async fn what_a_command_prints_is_its_key() {
        let key = "1a".repeat(32);
        for command in [format!("echo {key}"), format!("printf '%s' \"{key}\""), format!("sh -c 'echo {key}; echo'")] {
            let printed = run(&command).await.unwrap();
            assert_eq!(Key::parse_all(&printed).unwrap(), [Key::from_bytes([0x1a; 32])], "{command}");
        }
        assert_eq!(*run("echo $HOME ; true").await.unwrap(), "$HOME ; true\n", "no shell");
    }

    #[tokio::test]
    async fn a_command_that_fails_prints_nothing_or_too_much_is_refused() {
        for (command, expected) in [
            ("sh -c 'echo canary; echo canary >&2; exit 3'", "exit status: 3"),
            ("sh -c 'kill -9 $$'", "signal: 9"),
            ("true", "printed nothing"),
            ("echo", "printed nothing"),
            ("", "printed nothing"),
            ("yes canary", "more than two keys"),
            ("/no/such/canary", "cannot be run"),
            ("echo 'canary", "quotes"),
            ("printf '\\377'", "does not hold a key"),
        ] {
            let message = error(command).await.to_string();
            assert!(message.contains(expected), "{command}: {message}");
        }
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_ended_with_all_that_it_has_started() {
        let folder = tempfile::tempdir().unwrap();
        let id = folder.path().join("id");
        let script = format!("sh -c 'sleep 600 & echo $! > {}; echo canary; wait'", id.display());
        let hangs = run_within(&script, Duration::from_secs(1)).await.unwrap_err();
        assert!(matches!(hangs, KeyError::TimedOut(1)), "{hangs}");
        let id: u32 = std::fs::read_to_string(id).unwrap().trim().parse().unwrap();
        // Whoever adopts it may not have collected it yet.
        let state = || std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let is_running = || state().rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'));
        let begin = std::time::Instant::now();
        while is_running() {
            assert!(begin.elapsed() < Duration::from_secs(10), "it goes on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
