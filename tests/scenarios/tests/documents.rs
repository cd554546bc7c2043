//! The documents say what is there.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::cast_precision_loss)] // a test that cannot go on ends

use std::collections::BTreeSet;
use std::path::Path;

use scenarios::deploy::checkout;
use yakei_core::config::Config;
use yakei_core::controls::Catalogue;

/// Every error that a function can answer stands in the runbook with its mend, and no other.
#[test]
fn the_runbook_has_every_error() {
    let mut named = BTreeSet::new();
    failures(&checkout().join("functions"), &mut named);
    let declared = declared();
    // Other types are called `Why` too; what nobody answers has no place in the list.
    let answered: BTreeSet<String> = named.intersection(&declared).cloned().collect();
    assert_eq!(answered, declared, "every name is answered by some function");
    let runbook = std::fs::read_to_string(checkout().join("infra/README.md")).unwrap();
    let table = runbook.split("## Every error and its mend").nth(1).unwrap();
    let told: BTreeSet<String> =
        table.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned())).collect();
    assert_eq!(told, answered);
}

/// The names of failures: the variants that `names!` declares.
fn declared() -> BTreeSet<String> {
    let text = std::fs::read_to_string(checkout().join("functions/shared/host/src/failure.rs")).unwrap();
    let list = text.split("\nnames! {").nth(1).unwrap().split("\n}").next().unwrap();
    list.lines().filter_map(|line| Some(line.trim().strip_suffix(',')?.to_owned())).collect()
}

/// The names in `Why::…`, tests apart.
fn failures(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            failures(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let word = |rest: &str| rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
            names.extend(code.split("Why::").skip(1).map(word));
        }
    }
}

/// Every `make` command in the documents is a target.
#[test]
fn every_make_command_is_there() {
    let makefile = std::fs::read_to_string(checkout().join("Makefile")).unwrap();
    let target =
        |word: &str| makefile.lines().any(|line| line.strip_prefix(word).is_some_and(|rest| rest.starts_with(':')));
    let mut missing = Vec::new();
    for file in ["README.md", "README.ja.md", "CONTRIBUTING.md", "infra/README.md"] {
        let text = std::fs::read_to_string(checkout().join(file)).unwrap();
        // In code: `make deploy apply`, or a line of its own that begins with it.
        for command in text.split(['`', '\n']).filter_map(|code| code.strip_prefix("make ")) {
            let words = command.split_whitespace().take_while(|word| !word.contains(['=', '#', '|', '&', '…']));
            missing.extend(words.filter(|word| !target(word)).map(|word| format!("{file}: make {word}")));
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// Where the time of day is read, `ARCHITECTURE.md` lists, and no other place.
#[test]
fn the_time_of_day_is_read_where_the_architecture_says() {
    let (mut reads, root) = (BTreeSet::new(), checkout());
    code(&root.join("functions"), &mut |path, text| {
        if ["Timestamp::now", "SystemTime::now", "Zoned::now"].iter().any(|clock| text.contains(clock)) {
            reads.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
        }
    });
    let architecture = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let rule = architecture.split("The time of day is read").nth(1).unwrap().split("How long").next().unwrap();
    let told: BTreeSet<String> =
        rule.split('`').filter(|code| code.starts_with("functions/")).map(ToOwned::to_owned).collect();
    assert_eq!(told, reads);
}

/// The code of each file below a folder, without its tests and examples.
fn code(folder: &Path, each: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if ["tests", "examples"].contains(&name) || name.ends_with("_tests") {
            continue;
        }
        if path.is_dir() {
            code(&path, each);
        } else if is_code(path.to_str().unwrap()) {
            let text = std::fs::read_to_string(&path).unwrap();
            each(&path, text.split("#[cfg(test)]\nmod tests {").next().unwrap());
        }
    }
}

/// What a document names as a file or folder of this repository is there.
#[test]
fn every_path_in_the_documents_is_there() {
    let root = checkout();
    let tops: Vec<String> = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["target", ".venv", ".tools"].contains(&name.as_str()))
        .collect();
    let mut missing = Vec::new();
    for document in
        ["README.md", "README.ja.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "infra/README.md"]
    {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        for code in text.split('`').skip(1).step_by(2) {
            let path = code.trim_end_matches('/');
            let ours = path.split_once('/').is_some_and(|(top, _)| tops.iter().any(|name| name == top));
            let plain = !path.contains(|c: char| c.is_whitespace() || "*…<>{}$".contains(c));
            if ours && plain && !root.join(path).exists() {
                missing.push(format!("{document}: {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// The architecture's tree names every file of every crate, and no other.
#[test]
fn the_tree_names_every_module() {
    let architecture = std::fs::read_to_string(checkout().join("ARCHITECTURE.md")).unwrap();
    let tree = architecture.split("```").nth(1).unwrap();
    let crates = [
        "functions/toggler",
        "functions/enricher",
        "functions/bootstrapper",
        "functions/shared/core",
        "functions/shared/filter-pattern",
        "functions/shared/host",
        "infra/backtest",
        "infra/stack",
        "tests/local-aws",
        "tests/scenarios",
    ];
    let mut wrong = Vec::new();
    for path in crates {
        let (_, name) = path.rsplit_once('/').unwrap();
        // From the crate's line to the next line that begins further left than its files' names.
        let mut lines = tree.lines().skip_while(|line| !line.trim_start().starts_with(&format!("{name}/ ")));
        let first = lines.next().unwrap_or_default();
        let more = lines.take_while(|line| line.starts_with("                        "));
        let told: BTreeSet<String> = std::iter::once(first)
            .chain(more)
            .flat_map(|line| line.split([' ', ',', '(', ')', ':']))
            .filter(|word| is_code(word))
            .map(ToOwned::to_owned)
            .collect();
        let files = std::fs::read_dir(checkout().join(path).join("src")).unwrap();
        let files = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let there: BTreeSet<String> = files.filter(|name| is_code(name) && name != "tests.rs").collect();
        wrong.extend(there.difference(&told).map(|file| format!("{path}: {file} is not named")));
        wrong.extend(told.difference(&there).map(|file| format!("{path}: {file} is named, and not there")));
    }
    assert!(wrong.is_empty(), "ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

fn is_code(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "rs")
}

/// The README in Japanese has the README's sections, commands and links, each in its place.
#[test]
fn the_readme_in_japanese_is_kept_beside_the_readme() {
    let read = |file: &str| std::fs::read_to_string(checkout().join(file)).unwrap();
    let (english, japanese) = (outline(&read("README.md")), outline(&read("README.ja.md")));
    assert!(english.iter().filter(|it| it.starts_with("## ")).count() > 5, "{english:?}");
    for (place, (en, ja)) in english.iter().zip(&japanese).enumerate() {
        assert_eq!(en, ja, "at {place}, after {:?}", english.get(place.wrapping_sub(1)));
    }
    assert_eq!(english.len(), japanese.len());
}

/// What must be the same in both: the headings' number and order, blocks of code as they stand, and of each section the
/// links to files, the `make` commands, how many points its lists have, and of its tables each row's cells and the key that
/// begins it.
fn outline(text: &str) -> Vec<String> {
    let mut outline = Vec::new();
    for (number, part) in text.split("```").enumerate() {
        if number % 2 == 1 {
            outline.push(part.to_owned());
            continue;
        }
        for section in part.split_inclusive("\n## ") {
            let links: BTreeSet<&str> = section
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split(')').next())
                .filter(|link| !link.starts_with('#') && *link != "README.ja.md")
                .collect();
            let commands: BTreeSet<&str> = section.split('`').filter(|code| code.starts_with("make ")).collect();
            outline.push(format!("{links:?}, {commands:?}"));
            let points = section.lines().filter(|line| line.starts_with("- ")).count();
            let rows = section.lines().filter(|line| line.starts_with('|'));
            let rows: Vec<_> = rows.map(|row| (row.matches('|').count(), first_code(row))).collect();
            outline.push(format!("{points} points, {rows:?}"));
            if section.ends_with("\n## ") {
                outline.push("## ".to_owned());
            }
        }
    }
    outline
}

/// The code with which a table's row begins.
fn first_code(row: &str) -> Option<&str> {
    row.strip_prefix("| `")?.split('`').next()
}

/// What the README says that Yakei costs adds up: the rows to the total, fifty accounts to fifty times one, the alarms to the
/// catalogue's, a run's calls to a month's.
#[test]
fn the_costs_that_are_told_add_up() {
    let readme = std::fs::read_to_string(checkout().join("README.md")).unwrap();
    let costs = readme.split("## What it costs").nth(1).unwrap().split("\n## ").next().unwrap();
    let row = |line: &str| line.split('|').skip(2).filter_map(range).collect::<Vec<_>>();
    let tables: Vec<Vec<Vec<(f64, f64)>>> = costs
        .split("\n\n")
        .filter(|block| block.starts_with('|'))
        .map(|table| table.lines().skip(2).map(row).collect())
        .collect();
    let [one, fifty, ..] = &tables[..] else { panic!("{tables:?}") };
    let near = |one: f64, other: f64| (one - other).abs() <= 0.5;
    for (table, columns) in [(one, 1), (fifty, 2)] {
        let (total, rows) = table.split_last().unwrap();
        assert!(rows.len() >= 3 && table.iter().all(|row| row.len() == columns), "{table:?}");
        for column in 0..columns {
            let (least, most) =
                rows.iter().map(|row| row[column]).fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
            assert!(near(least, total[column].0) && near(most, total[column].1), "{least} to {most}: {total:?}");
        }
    }
    let times = |rows: &[Vec<(f64, f64)>]| {
        let sum = rows.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row[0].0, sum.1 + row[0].1));
        (50.0 * sum.0, 50.0 * sum.1)
    };
    for (rows, told) in [(&one[..2], fifty[0][0]), (&one[2..3], fifty[1][0]), (&one[3..4], fifty[2][0])] {
        let sum = times(rows);
        assert!(near(sum.0, told.0) && near(sum.1, told.1), "fifty times one are {sum:?}, not {told:?}");
    }
    let choice = Config::parse(&std::fs::read_to_string(checkout().join("infra/yakei.toml")).unwrap()).unwrap();
    let controls = Catalogue::builtin().unwrap().select(&choice.controls).unwrap().len();
    // And the heartbeat's.
    let alarms = controls + 1;
    assert!(costs.contains(&format!("| {alarms} alarms at 0.10 |")), "{alarms} alarms");
    assert!(near(one[0][0].0 * 10.0, alarms as f64));
    for (calls, alarms) in [(2.0, "10 alarms"), (12.0, "a thousand"), (52.0, "five thousand")] {
        let dollars = format!("{:.2}", calls * 12.0 * 24.0 * 30.0 * 0.01 / 1000.0);
        let told = costs.split(alarms).nth(1).unwrap().split(',').next().unwrap();
        assert!(told.contains(&dollars), "{alarms}: {dollars}, not {told}");
    }
}

/// `1.50 to 3`, `**about 4 to 6**`, `0.30`.
fn range(cell: &str) -> Option<(f64, f64)> {
    let numbers: Vec<f64> = cell.split([' ', '*']).filter_map(|word| word.parse().ok()).collect();
    Some((*numbers.first()?, *numbers.last()?))
}
