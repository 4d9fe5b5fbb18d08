//! How commands answer: for people, or in JSON.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

/// How commands answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    /// `--json`.
    pub(super) json: bool,
}

impl Output {
    /// Prints the answer in the form that was asked for. A reader that went away isn't our fault.
    pub(super) fn answer(self, json: &Value, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = if self.json { writeln!(out, "{json}") } else { writeln!(out, "{text}") };
    }

    /// Prints an error and hands the exit code on.
    pub(super) fn error(self, problem: &str, code: ExitCode) -> ExitCode {
        let mut out = std::io::stderr().lock();
        let problem = problem.replace(['\n', '\r'], " ");
        let _ = if self.json {
            writeln!(out, "{}", json!({ "error": problem }))
        } else {
            writeln!(out, "latchkey: {problem}")
        };
        code
    }
}
