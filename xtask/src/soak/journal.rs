//! A journal of what a writer was promised, kept outside of the server's process and compared after a restart.

use super::registries::Found;
use super::trail::Entries;
use std::collections::BTreeMap;

/// The state of every registry that a writer has requested, by name.
#[derive(Default)]
pub struct Journal(BTreeMap<String, Known>);

#[derive(Clone, Copy)]
enum Known {
    /// Creation requested; no response yet.
    Creating,
    /// It exists, with this many edits.
    There(u32),
    /// This edit was requested; no response yet.
    Editing(u32),
    /// It has this many edits, and its deletion with others was requested; no response yet.
    Deleting(u32),
    /// Deleted after this many edits.
    Gone(u32),
    /// It was never created.
    Never,
}

impl Journal {
    pub fn creating(&mut self, name: &str) {
        self.0.insert(name.to_owned(), Known::Creating);
    }

    pub fn editing(&mut self, name: &str, edits: u32) {
        self.0.insert(name.to_owned(), Known::Editing(edits));
    }

    pub fn deleting(&mut self, name: &str, edits: u32) {
        self.0.insert(name.to_owned(), Known::Deleting(edits));
    }

    /// The last request for this name was acknowledged.
    pub fn acknowledged(&mut self, name: &str) {
        if let Some(known) = self.0.get_mut(name) {
            *known = match *known {
                Known::Creating => Known::There(0),
                Known::Editing(edits) => Known::There(edits),
                Known::Deleting(edits) => Known::Gone(edits),
                settled => settled,
            };
        }
    }

    /// The number of acknowledged writes.
    pub fn count(&self) -> usize {
        self.0.values().filter(|known| !matches!(known, Known::Creating | Known::Never)).count()
    }

    /// Compares with the registries found, and returns every broken promise. Afterwards nothing is uncertain.
    pub fn settle(&mut self, found: &BTreeMap<String, Found>) -> Vec<String> {
        let mut broken = Vec::new();
        let (mut left, mut gone) = (0, 0);
        for (name, known) in &mut self.0 {
            let edits = found.get(name).map(|found| found.edits);
            let kept = match (*known, edits) {
                (Known::Creating, None | Some(0)) | (Known::Gone(_) | Known::Never, None) => true,
                (Known::There(told), Some(edits)) => edits == told,
                (Known::Editing(asked), Some(edits)) => edits == asked || edits + 1 == asked,
                (Known::Deleting(told), Some(edits)) => {
                    left += 1;
                    edits == told
                }
                (Known::Deleting(_), None) => {
                    gone += 1;
                    true
                }
                _ => false,
            };
            if !kept {
                broken.push(format!("{name}: promised {known:?}, found {edits:?} edits"));
            }
            *known = match (*known, edits) {
                (_, Some(edits)) => Known::There(edits),
                (Known::Creating | Known::Never, None) => Known::Never,
                (Known::There(told) | Known::Editing(told) | Known::Deleting(told) | Known::Gone(told), None) => {
                    Known::Gone(told)
                }
            };
        }
        if left > 0 && gone > 0 {
            broken.push(format!("a deletion is half done: {gone} deleted, {left} left"));
        }
        broken
    }

    /// Compares what was settled with the audit trail, and returns every change without its entry and every entry without
    /// its change. Takes the entries of its registries out of the trail.
    pub fn compare_trail(&self, trail: &mut BTreeMap<String, Entries>) -> Vec<String> {
        let mut broken = Vec::new();
        for (name, known) in &self.0 {
            let recorded = trail.remove(name).unwrap_or_default();
            let expected = match *known {
                Known::There(edited) => Entries { created: 1, edited, deleted: 0 },
                Known::Gone(edited) => Entries { created: 1, edited, deleted: 1 },
                _ => Entries::default(),
            };
            if recorded != expected {
                broken.push(format!("{name}: the audit trail has {recorded:?} for {known:?}"));
            }
        }
        broken
    }
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Creating => f.write_str("nothing yet"),
            Self::There(edits) => write!(f, "edit {edits}"),
            Self::Editing(edits) => write!(f, "edit {edits} or the one before"),
            Self::Deleting(edits) => write!(f, "edit {edits} or its deletion"),
            Self::Gone(edits) => write!(f, "its deletion after edit {edits}"),
            Self::Never => f.write_str("that it was never created"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[(&str, u32)]) -> BTreeMap<String, Found> {
        names.iter().map(|(name, edits)| ((*name).to_owned(), Found { id: String::new(), edits: *edits })).collect()
    }

    #[test]
    fn r2_acknowledged_registries_must_exist_after_a_kill() {
        let mut journal = Journal::default();
        for name in ["a", "b"] {
            journal.creating(name);
            journal.acknowledged(name);
        }
        journal.creating("c");
        assert_eq!(journal.settle(&found(&[("a", 0)])).len(), 1, "b is lost; c was never acknowledged");
    }

    #[test]
    fn r2_an_unacknowledged_edit_may_or_may_not_be_stored() {
        for (edits, broken) in [(1, 1), (2, 0), (3, 0), (4, 1)] {
            let mut journal = Journal::default();
            journal.editing("a", 3);
            assert_eq!(journal.settle(&found(&[("a", edits)])).len(), broken, "{edits}");
        }
    }

    #[test]
    fn r2_r7_a_deletion_is_complete_or_not_done_at_all() {
        for (left, broken) in [(vec![], 0), (vec![("a", 0), ("b", 0)], 0), (vec![("b", 0)], 1)] {
            let mut journal = Journal::default();
            journal.deleting("a", 0);
            journal.deleting("b", 0);
            assert_eq!(journal.settle(&found(&left)).len(), broken);
        }
    }

    #[test]
    fn r2_an_acknowledged_deletion_stays_deleted() {
        let mut journal = Journal::default();
        journal.deleting("a", 0);
        journal.acknowledged("a");
        assert_eq!(journal.settle(&found(&[("a", 0)])).len(), 1);
    }

    #[test]
    fn q5_a_change_without_an_entry_and_an_entry_without_a_change_are_found() {
        let mut journal = Journal::default();
        for name in ["there", "gone", "never"] {
            journal.creating(name);
        }
        journal.acknowledged("there");
        journal.acknowledged("gone");
        journal.deleting("gone", 0);
        assert!(journal.settle(&found(&[("there", 0)])).is_empty());
        let entries = |created, edited, deleted| Entries { created, edited, deleted };
        let trail = [("there", entries(1, 0, 0)), ("gone", entries(1, 0, 1)), ("other", entries(1, 0, 0))];
        let trail = BTreeMap::from(trail.map(|(name, entries)| (name.to_owned(), entries)));
        let mut whole = trail.clone();
        assert!(journal.compare_trail(&mut whole).is_empty());
        assert_eq!(whole.into_keys().collect::<Vec<_>>(), ["other"]);
        for (name, wrong) in [("there", entries(1, 1, 0)), ("gone", entries(1, 0, 0)), ("never", entries(1, 0, 0))] {
            let mut trail = trail.clone();
            trail.insert(name.to_owned(), wrong);
            assert_eq!(journal.compare_trail(&mut trail).len(), 1, "{name}");
        }
    }
}
