//! Shortens the names of what the main module imports from its script. wasm-bindgen ends each with a hash, which no
//! compression makes shorter, and names it in both files: three kilobytes of each first visit.

use super::sections::{Edit, rewrite};
use crate::command::TaskResult;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use wasm_encoder::ImportSection;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasmparser::Payload;

/// Renames the imports in both files.
pub fn shorten(wasm: &Path, script: &Path) -> TaskResult {
    let mut names = HashMap::new();
    rewrite(wasm, |payload| {
        let Payload::ImportSection(imports) = payload else { return Ok(Edit::Keep) };
        let mut section = ImportSection::new();
        for import in imports.clone().into_imports() {
            let import = import?;
            let count = names.len();
            let name = match is_hashed(import.name) {
                true => names.entry(import.name.to_owned()).or_insert_with(|| format!("i{count}")).as_str(),
                false => import.name,
            };
            // Nothing is renumbered, so this cannot fail.
            let Ok(kind) = RoundtripReencoder.entity_type(import.ty) else { return Ok(Edit::Keep) };
            section.import(import.module, name, kind);
        }
        Ok(Edit::Replace(Box::new(section)))
    })?;
    let failed = |error| format!("{}: {error}", script.display());
    let text = fs::read_to_string(script).map_err(failed)?;
    fs::write(script, renamed(&text, &names)).map_err(failed)
}

/// Whether it is `__wbg_NAME_HASH`.
fn is_hashed(name: &str) -> bool {
    let hash = name.strip_prefix("__wbg_").and_then(|name| name.rsplit_once('_')).map_or("", |(_, hash)| hash);
    hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The script with other identifiers.
fn renamed(script: &str, names: &HashMap<String, String>) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut text = String::with_capacity(script.len());
    let mut rest = script;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
        text += names.get(word).map_or(word, String::as_str);
        let (between, after) = after.split_at(after.find(is_part).unwrap_or(after.len()));
        text += between;
        rest = after;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_identifiers_with_a_hash_are_renamed() {
        assert!(is_hashed("__wbg_new_with_str_d9f6b5611184e16b"));
        for other in ["__wbindgen_cast_0000000000000001", "__wbg_new", "memory"] {
            assert!(!is_hashed(other), "{other}");
        }
        let names = HashMap::from([("__wbg_new_d9f6b5611184e16b".to_owned(), "i0".to_owned())]);
        let script = "{__wbg_new_d9f6b5611184e16b:()=>1,__wbg_new_d9f6b5611184e16b0:2}";
        assert_eq!(renamed(script, &names), "{i0:()=>1,__wbg_new_d9f6b5611184e16b0:2}");
    }
}
