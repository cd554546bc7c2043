//! The teller: one line a step, with the time since the start.

use std::time::Instant;

use local_aws::Mail;

/// Prints a line for each step, with the time since the start.
#[derive(Debug)]
pub struct Narrator {
    started: Instant,
}

impl Default for Narrator {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Narrator {
    /// One step that has happened.
    pub fn step(&self, who: &str, what: &str) {
        println!("[{:6.1} s] {who:<12} {what}", self.started.elapsed().as_secs_f64());
    }

    /// The beginning of a part.
    pub fn part(&self, title: &str) {
        println!("\n--- {title} ---");
    }

    /// A mail as it arrives.
    pub fn mail(&self, mail: &Mail) {
        println!("    ┌ To: {}\n    │ Subject: {}\n    │", mail.to, mail.subject);
        for line in mail.body.lines() {
            println!("    │ {line}");
        }
        println!("    └");
    }
}
