//! stub
use crate::command::Outcome;
#[derive(Clone, Copy, clap::ValueEnum, PartialEq)]
pub enum Part { Format }
pub fn test(_only: &[Part]) -> Outcome { Ok(()) }
