//! The report as one page that a browser shows: nothing is loaded from anywhere, and what strangers wrote stays text.
//!
//! The page carries the report as JSON and draws it by its own script, which puts text in as text alone. Its
//! `Content-Security-Policy` refuses every request.

use crate::report::Report;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// How many of the files that could not be read are listed: a folder of other logs has a hundred thousand, which no browser
/// shows.
const SKIPPED: usize = 500;

/// The page. It fails only as serialising does, which a report of ours does not.
pub fn render(report: &Report) -> serde_json::Result<String> {
    let all = report.skipped.len();
    let report = if all > SKIPPED {
        let skipped = report.skipped_first(SKIPPED).into_iter().cloned().collect();
        serde_json::to_string(&Report { skipped, ..report.clone() })?
    } else {
        serde_json::to_string(report)?
    };
    let (report, all) = (within_script(&report), all.to_string());
    let mut page = String::with_capacity(PAGE.len() + STYLE.len() + SCRIPT.len() + report.len());
    let mut rest = PAGE;
    // From left to right, so that no part is looked for inside another.
    for (mark, part) in
        [("/*STYLE*/", STYLE), ("/*SKIPPED*/", all.as_str()), ("/*REPORT*/", report.as_str()), ("/*SCRIPT*/", SCRIPT)]
    {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(part);
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// JSON that means the same and can neither end the element it stands in nor begin a comment.
fn within_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests;
