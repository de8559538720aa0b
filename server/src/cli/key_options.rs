//! Where the key comes from: options that several commands have.

use server::KeySource;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The variable that holds the key itself. There is no option for it: other users can read the arguments of a process.
const VARIABLE: &str = "PORTOLAN_KEY";

#[derive(clap::Args, Clone)]
pub struct KeyOptions {
    /// File with the key that encrypts stored passwords: 64 hexadecimal digits, mode 0600. Created at the first
    /// start. Default: portolan.key in the data folder, unless the key is in the variable PORTOLAN_KEY
    #[arg(long, env = "PORTOLAN_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,

    /// Command that prints the key, in place of a file, such as: vault kv get -field=key secret/portolan. Run without
    /// a shell
    #[arg(long, env = "PORTOLAN_KEY_COMMAND", value_name = "COMMAND", hide_env_values = true)]
    key_command: Option<String>,
}

impl KeyOptions {
    /// `None` for the file in the data folder.
    ///
    /// # Errors
    /// A sentence, if the key comes from more than one place.
    pub fn source(self) -> Result<Option<KeySource>, String> {
        choose(self.key_file, self.key_command, env::var_os(VARIABLE))
    }
}

fn choose(
    file: Option<PathBuf>,
    command: Option<String>,
    variable: Option<OsString>,
) -> Result<Option<KeySource>, String> {
    // What is not UTF-8 is not a key, which reading it says.
    let variable = variable.map(|text| text.into_string().unwrap_or_default());
    match (file, command, variable) {
        (None, None, None) => Ok(None),
        (Some(file), None, None) => Ok(Some(KeySource::File(file))),
        (None, Some(command), None) => Ok(Some(KeySource::Command(command))),
        (None, None, Some(text)) => Ok(Some(KeySource::Variable(text.into()))),
        _ => Err(format!(
            "The key is given more than once. Leave one of these: --key-file (PORTOLAN_KEY_FILE), --key-command \
             (PORTOLAN_KEY_COMMAND), the variable {VARIABLE}."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_comes_from_one_place() {
        let choose = |file: bool, command: bool, variable: bool| {
            choose(file.then(|| "a".into()), command.then(|| "b".into()), variable.then(|| "canary".into()))
        };
        assert_eq!(choose(false, false, false), Ok(None));
        assert_eq!(choose(true, false, false), Ok(Some(KeySource::File("a".into()))));
        assert_eq!(choose(false, true, false), Ok(Some(KeySource::Command("b".to_owned()))));
        assert_eq!(choose(false, false, true), Ok(Some(KeySource::Variable("canary".to_owned().into()))));
        for (file, command, variable) in
            [(true, true, false), (true, false, true), (false, true, true), (true, true, true)]
        {
            let message = choose(file, command, variable).unwrap_err();
            assert!(message.contains("more than once") && !message.contains("canary"), "{message}");
        }
    }
}
