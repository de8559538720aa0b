//! Rewrites sections of a WebAssembly file. All others stay as they are, byte for byte.

use crate::command::TaskResult;
use std::fmt::Display;
use std::fs;
use std::path::Path;
use wasm_encoder::{Module, RawSection, Section};
use wasmparser::{BinaryReaderError, Parser, Payload};

/// What becomes of a section.
pub enum Edit {
    Keep,
    Remove,
    Replace(Box<dyn Section>),
}

/// Rewrites a file in place.
pub fn rewrite(wasm: &Path, mut edit: impl FnMut(&Payload<'_>) -> Result<Edit, BinaryReaderError>) -> TaskResult {
    let failed = |error: &dyn Display| format!("{}: {error}", wasm.display());
    let content = fs::read(wasm).map_err(|error| failed(&error))?;
    let mut rewritten = Module::HEADER.to_vec();
    for payload in Parser::new(0).parse_all(&content) {
        let payload = payload.map_err(|error| failed(&error))?;
        let Some((id, range)) = payload.as_section() else { continue };
        match edit(&payload).map_err(|error| failed(&error))? {
            Edit::Keep => {
                // Offsets in a file that is in memory.
                let data = &content[range.start as usize..range.end as usize];
                RawSection { id, data }.append_to(&mut rewritten);
            }
            Edit::Remove => {}
            Edit::Replace(section) => section.append_to(&mut rewritten),
        }
    }
    fs::write(wasm, rewritten).map_err(|error| failed(&error))
}
