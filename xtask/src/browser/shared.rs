//! Keeps small shared code in the main module. What several chunks share gets a file of its own, and with five chunks the
//! list would load a dozen files that are smaller than the headers around them.

use super::sections::{Edit, rewrite};
use crate::command::TaskResult;
use std::collections::HashSet;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportKind, ExportSection};
use wasmparser::{BinaryReaderError, KnownCustom, Name, Parser, Payload, TypeRef};

/// Less code than this is not worth a file. Bytes, neither optimised nor compressed.
const WORTH_A_FILE: u32 = 2 * 1024;

/// Exports the functions that are alone in small files of a split, so that the next split leaves them in the main module.
pub fn keep_in_main(wasm: &Path, files: impl Iterator<Item = PathBuf>) -> TaskResult {
    let mut kept = HashSet::new();
    for file in files {
        let functions = Functions::of(&file)?;
        if functions.code_bytes < WORTH_A_FILE {
            kept.extend(functions.named.into_iter().map(|(_, name)| name));
        }
    }
    let functions = Functions::of(wasm)?.named.into_iter().filter(|(_, name)| kept.contains(name));
    let indices: Vec<_> = functions.map(|(index, _)| index).collect();
    rewrite(wasm, |payload| {
        let Payload::ExportSection(exports) = payload else { return Ok(Edit::Keep) };
        let mut section = ExportSection::new();
        for export in exports.clone() {
            // Nothing is renumbered, so this cannot fail.
            let _ = RoundtripReencoder.parse_export(&mut section, export?);
        }
        for (number, index) in indices.iter().enumerate() {
            section.export(&format!("s{number}"), ExportKind::Func, *index);
        }
        Ok(Edit::Replace(Box::new(section)))
    })
}

/// The functions of a module, without imported ones.
struct Functions {
    code_bytes: u32,
    /// The index and the name of each. Mangled names are unique.
    named: Vec<(u32, String)>,
}

impl Functions {
    fn of(wasm: &Path) -> TaskResult<Self> {
        let failed = |error: &dyn Display| format!("{}: {error}", wasm.display());
        let content = fs::read(wasm).map_err(|error| failed(&error))?;
        Self::read(&content).map_err(|error| failed(&error))
    }

    fn read(content: &[u8]) -> Result<Self, BinaryReaderError> {
        let (mut functions, mut imported) = (Self { code_bytes: 0, named: Vec::new() }, 0);
        for payload in Parser::new(0).parse_all(content) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionStart { size, .. } => functions.code_bytes = size,
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(names) = section.as_known() else { continue };
                    for name in names {
                        let Name::Function(names) = name? else { continue };
                        for naming in names {
                            let naming = naming?;
                            functions.named.push((naming.index, naming.name.to_owned()));
                        }
                    }
                }
                _ => {}
            }
        }
        functions.named.retain(|(index, _)| *index >= imported);
        Ok(functions)
    }
}
