//! stub
use crate::command::Outcome;
pub fn bench(_seconds: u32) -> Outcome {
    Ok(())
}
