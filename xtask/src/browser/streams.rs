//! Takes wasm-streams out of the module. `server_fn` has it for server functions that stream, of which we have none, but
//! what wasm-bindgen exports is kept by every tool: four kilobytes of each first visit.

use super::sections::{Edit, rewrite};
use crate::command::TaskResult;
use std::path::Path;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{CustomSection, ExportSection};
use wasmparser::Payload;

/// Where wasm-bindgen's macros describe what they have expanded to.
const DESCRIPTIONS: &str = "__wasm_bindgen_unstable";

/// The types that wasm-streams exports, as in the names of their functions. If they were used after all, wasm-bindgen
/// would fail, because it could not bind their constructors.
const EXPORTED: &str = "intounderlying";

/// The same, as in the descriptions.
const DESCRIBED: &[u8] = b"IntoUnderlying";

/// Removes the exports and their descriptions. What only they use is then left out by the tools that follow.
pub fn remove(wasm: &Path) -> TaskResult {
    rewrite(wasm, |payload| match payload {
        Payload::ExportSection(exports) => {
            let mut kept = ExportSection::new();
            for export in exports.clone() {
                let export = export?;
                if !export.name.contains(EXPORTED) {
                    // Nothing is renumbered, so this cannot fail.
                    let _ = RoundtripReencoder.parse_export(&mut kept, export);
                }
            }
            Ok(Edit::Replace(Box::new(kept)))
        }
        Payload::CustomSection(section) if section.name() == DESCRIPTIONS => {
            let data = without_streams(section.data());
            Ok(Edit::Replace(Box::new(CustomSection { name: DESCRIPTIONS.into(), data: data.into() })))
        }
        _ => Ok(Edit::Keep),
    })
}

/// The section is a sequence of pairs, a version and a description, each with its length before it.
fn without_streams(section: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(section.len());
    let mut rest = section;
    while !rest.is_empty() {
        let (version, after) = split_record(rest);
        let (description, after) = split_record(after);
        if !description.windows(DESCRIBED.len()).any(|bytes| bytes == DESCRIBED) {
            kept.extend_from_slice(version);
            kept.extend_from_slice(description);
        }
        rest = after;
    }
    kept
}

/// The first record, with its length, and what follows.
fn split_record(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = bytes.first_chunk().map_or(0, |length| u32::from_le_bytes(*length) as usize);
    bytes.split_at((4 + length).min(bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_of_streams_goes_with_its_version() {
        let record = |text: &str| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
        let others = [record("{1}"), record("MutationForm")].concat();
        let section = [&*others, &record("{1}"), &record("..IntoUnderlyingSink.."), &others].concat();
        assert_eq!(without_streams(&section), [&*others, &others].concat());
    }
}
