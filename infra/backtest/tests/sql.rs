//! Every pattern both ways: as the functions match it, and as the query that is translated from it finds it. The query's
//! Trino dialect is said in DuckDB's by sqlglot and run there (`make .tools/sql/.made` installs both, pinned).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code, reason = "shared with the test of all ways")]
mod both_ways;

use std::collections::BTreeMap;

use backtest::sql::{Asked, Cause, Layout, QueryError, Table, Watch, judged, query};
use both_ways::{
    Verdicts, catalogue, fixtures, generate, has_fraction, is_one_of_a_file, on_duckdb, records_of_the_catalogue,
    refused_by_grammar, watch,
};

fn matches(watch: &Watch, record: &str) -> bool {
    watch.patterns.iter().any(|pattern| pattern.matches(record))
}

/// Those of the patterns that can be said in SQL, and how many cannot, by the reason.
fn sayable(watches: Vec<Watch>) -> (Vec<Watch>, BTreeMap<String, Vec<String>>) {
    let (mut sayable, mut refused) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
    for watch in watches {
        match judged(std::slice::from_ref(&watch), "t", None) {
            Ok(_) => sayable.push(watch),
            Err(QueryError::Unsayable(why)) => {
                let (key, why) = &why[0];
                assert_eq!(*key, watch.key);
                refused.entry(format!("{:?}", why.cause)).or_default().push(why.to_string());
            }
            Err(other) => panic!("{other}"),
        }
    }
    (sayable, refused)
}

/// Demands equal verdicts, and that SQL leaves open only what it says it must. Gives how many were left open.
fn demand_equal(watches: &[Watch], records: &[String]) -> usize {
    let (judged, refused) = judged(watches, "\"logs\".\"lines\"", None).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    let Verdicts { by_record, sql } = on_duckdb(&judged, records);
    let (mut wrong, mut open) = (Vec::new(), 0);
    for (record, letters) in records.iter().zip(by_record) {
        let letters = letters.unwrap_or_else(|| panic!("the query could not read {record}"));
        assert_eq!(letters.len(), watches.len());
        for (watch, letter) in watches.iter().zip(letters.chars()) {
            let ours = matches(watch, record);
            match letter {
                '?' if has_fraction(record) => open += 1,
                letter if letter == if ours { '1' } else { '0' } => {}
                letter => wrong.push(format!("{} on {record}: we say {ours}, SQL {letter}", watch.patterns[0])),
            }
        }
    }
    assert!(wrong.is_empty(), "{} verdicts differ:\n{}\n{sql}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    open
}

#[test]
fn every_pattern_of_the_catalogue_gives_the_same_verdicts_in_sql() {
    let (watches, refused) = sayable(catalogue());
    assert!(refused.is_empty(), "a control that cannot be asked of Athena: {refused:?}");
    let mut records = records_of_the_catalogue();
    records.extend(fixtures().1);
    records.retain(|record| is_one_of_a_file(record));
    let matching = records.iter().filter(|record| watches.iter().any(|it| matches(it, record))).count();
    assert!(matching > 40, "only {matching} records match anything");
    let open = demand_equal(&watches, &records);
    println!("{} patterns on {} records: equal, {open} left open", watches.len(), records.len());
    assert_eq!(open, 0, "the catalogue's patterns compare no number by its text");
}

#[test]
fn every_pattern_of_the_fixtures_gives_the_same_verdicts_in_sql() {
    let (patterns, records) = fixtures();
    let watches = patterns.iter().enumerate().map(|(at, text)| watch(&format!("p{at}"), text)).collect();
    let (watches, refused) = sayable(watches);
    for (cause, which) in &refused {
        println!("refused, {cause}: {}", which.len());
        for one in which {
            println!("  {one}");
        }
    }
    assert!(refused.keys().all(|cause| cause == "OwnText"), "JSON patterns that are refused: {refused:?}");
    let mut kept: Vec<String> = records.iter().filter(|record| is_one_of_a_file(record)).cloned().collect();
    let left_out = records.len() - kept.len();
    kept.extend(records_of_the_catalogue().into_iter().filter(|record| is_one_of_a_file(record)));
    let open = demand_equal(&watches, &kept);
    let said = watches.len() * kept.len();
    println!(
        "{} patterns on {} records: equal, {open} of {said} left open; {left_out} events are no record of a file",
        watches.len(),
        kept.len()
    );
    assert!(open * 100 < said, "{open} of {said} left open");
}

/// Few names and values, so that patterns and records meet often: missing members, nulls, numbers, nested ones, escapes,
/// arrays, wildcards.
#[test]
fn generated_patterns_give_the_same_verdicts_on_generated_records_in_sql() {
    let mut random = fastrand::Rng::with_seed(20_261_125);
    let watches: Vec<Watch> = (0..400).map(|at| watch(&format!("p{at}"), &generate::pattern(&mut random))).collect();
    let records: Vec<String> = (0..250).map(|_| generate::record(&mut random)).collect();
    let count = |record: &String| watches.iter().filter(|watch| matches(watch, record)).count();
    let matching: usize = records.iter().map(count).sum();
    assert!(matching * 10 > watches.len() * records.len(), "only {matching} verdicts are matches");
    let (watches, refused) = sayable(watches);
    assert!(refused.is_empty(), "{refused:?}");
    let open = demand_equal(&watches, &records);
    println!("{} patterns on {} records: equal, {open} left open", watches.len(), records.len());
    assert!(open * 20 < watches.len() * records.len(), "{open} left open");
}

fn table() -> Table {
    let layout = Layout {
        location: "s3://bucket/AWSLogs/".to_owned(),
        accounts: vec!["111111111111".to_owned()],
        regions: vec!["us-east-1".to_owned()],
    };
    let day = jiff::civil::date(2026, 10, 1);
    Table::new("default", "yakei_backtest", layout, day, day).unwrap()
}

/// Athena takes 262,144 bytes.
#[test]
fn the_whole_catalogue_fits_into_one_query_and_more_is_refused() {
    let table = table();
    let all = catalogue();
    let asked = query(&Asked { table: &table, watches: &all }).unwrap();
    assert_eq!(asked.controls.len(), all.len());
    println!("{} patterns, {} bytes", all.len(), asked.sql.len());
    assert!(asked.sql.len() < 200_000, "{} bytes: nearly too long", asked.sql.len());
    let mut many = Vec::new();
    for _ in 0..20 {
        many.extend(all.iter().cloned());
    }
    assert!(matches!(query(&Asked { table: &table, watches: &many }), Err(QueryError::TooLong(_))));
}

/// Trino makes one Java method of at most 64 KB of each expression, and first puts a column that is named once into the one
/// expression that names it: so each control's condition must stay a column of its own, and be short enough.
#[test]
fn no_expression_of_the_query_outgrows_what_trino_compiles() {
    let all = catalogue();
    let (sql, refused) = judged(&all, "t", None).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    let (before, behind) = sql.split_once("judged AS (").unwrap();
    let columns = before.split_once("conditions AS (").unwrap().1;
    let columns: Vec<&str> = columns.lines().filter(|line| line.contains(" AS c")).collect();
    let patterns: usize = all.iter().map(|watch| watch.patterns.len()).sum();
    assert_eq!(columns.len(), patterns, "a column for each pattern");
    for column in columns {
        let (condition, name) = column.rsplit_once(" AS ").unwrap();
        let name = name.trim_end_matches(',');
        let named = behind.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| *word == name).count();
        assert!(named >= 2, "{name} is named {named} time(s), so Trino puts it into the expression of all controls");
        assert!(condition.len() < 20_000, "{name} has {} bytes", condition.len());
    }
    let longest = query(&Asked { table: &table(), watches: &all }).unwrap().sql;
    let told = longest.split_once("told AS (").unwrap().1.split_once("once AS (").unwrap().0;
    assert!(told.len() < 20_000, "what is told of an event has {} bytes", told.len());
}

#[test]
fn trinos_own_grammar_takes_what_is_made_of_every_pattern_and_finds_a_slip() {
    let fixtures = fixtures().0.iter().enumerate().map(|(at, text)| watch(&format!("p{at}"), text)).collect();
    let queries: Vec<String> = [sayable(catalogue()).0, sayable(fixtures).0]
        .iter()
        .flat_map(|all| all.chunks(20).map(|some| query(&Asked { table: &table(), watches: some }).unwrap().sql))
        .collect();
    let slips = [("UNNEST(", "UNNEST"), (" END AS told", " AS told"), ("GROUP BY id", "GROUP id")];
    let slips = slips.map(|(part, slip)| queries[0].replacen(part, slip, 1));
    let all = [queries.as_slice(), &slips].concat();
    for (at, (sql, refused)) in all.iter().zip(refused_by_grammar(&all)).enumerate() {
        assert_eq!(refused.is_some(), at >= queries.len(), "{refused:?}: {sql}");
    }
    println!("{} queries", queries.len());
}

/// What `sql.rs` says of Trino, it says of everything that is asked.
#[test]
fn each_function_that_is_asked_for_is_in_the_table_of_what_trino_does() {
    let table = include_str!("../src/sql.rs").lines().filter(|line| line.starts_with("//! |")).collect::<String>();
    let mut watches = catalogue();
    watches.extend(fixtures().0.iter().enumerate().map(|(at, text)| watch(&format!("p{at}"), text)));
    let (sayable, _) = sayable(watches);
    let mut used = std::collections::BTreeSet::new();
    for some in sayable.chunks(60) {
        let sql = query(&Asked { table: &self::table(), watches: some }).unwrap().sql;
        // texts between single quotes are no SQL
        for code in sql.split('\'').step_by(2) {
            for (at, _) in code.match_indices('(') {
                let before = code[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                used.insert(before.to_owned());
            }
        }
    }
    assert!(used.contains("json_extract") && used.contains("regexp_like") && used.len() > 15, "{used:?}");
    let words = ["", "AS", "AND", "OR", "WHEN", "THEN", "ELSE", "NOT", "OVER", "u", "CAST"];
    let unknown: Vec<_> = used
        .iter()
        .filter(|name| {
            !words.contains(&name.as_str())
                && !table.contains(&format!("`{name}"))
                && !table.contains(&format!("{name}("))
        })
        .collect();
    assert!(unknown.is_empty(), "nothing is said of {unknown:?}");
}

#[test]
fn what_sql_cannot_say_is_refused_by_name() {
    let long = format!("{{ {} }}", ["$.a=1"; 140].join("||"));
    let table = [
        (long.as_str(), Cause::Long, "a pattern of "),
        ("ERROR -Exiting", Cause::OwnText, "text"),
        ("%4[0-9]{2}%", Cause::OwnText, "regular-expression"),
        ("[ip, ..., status = 4*]", Cause::OwnText, "space-delimited"),
        ("{ $.a = \"x\0y\" }", Cause::Nul, "$.a = "),
        ("{ $.a[2147483648] = 1 }", Cause::Index, "$.a[2147483648] = 1"),
        ("{ $.a < 1e999 }", Cause::Range, "$.a < 1e999"),
    ];
    for (pattern, cause, construct) in table {
        let watches = [watch("Fine", "{ $.a = 1 }"), watch("Odd", pattern)];
        let (sql, refused) = judged(&watches, "t", None).unwrap();
        assert_eq!(refused.keys().collect::<Vec<_>>(), [&1], "{pattern}");
        assert_eq!(refused[&1].cause, cause, "{pattern}");
        assert!(refused[&1].construct.contains(construct), "{}", refused[&1]);
        assert!(sql.contains("AS c0_0") && !sql.contains("AS c1_") && sql.contains("ELSE '0-' END"), "{sql}");
        // alone it leaves nothing to ask
        let Err(QueryError::Unsayable(why)) = judged(&watches[1..], "t", None) else { panic!("{pattern} was said") };
        let [(key, why)] = why.as_slice() else { panic!("{why:?}") };
        assert_eq!((key.as_str(), why.cause), ("Odd", cause), "{pattern}");
    }
}

/// The guard itself: a translation that means something else is found.
#[test]
fn a_wrong_translation_is_seen() {
    let records = vec![r#"{"a":"x"}"#.to_owned(), r#"{"b":1}"#.to_owned()];
    let (wrong, _) = judged(&[watch("p", "{ $.a NOT EXISTS || $.a != \"x\" }")], "\"logs\".\"lines\"", None).unwrap();
    let (right, _) = judged(&[watch("p", "{ $.a != \"x\" }")], "\"logs\".\"lines\"", None).unwrap();
    let letters = |sql: &str| on_duckdb(sql, &records).by_record.into_iter().flatten().collect::<Vec<_>>();
    assert_eq!(
        (letters(&wrong), letters(&right)),
        (vec!["0".to_owned(), "1".to_owned()], vec!["0".into(), "0".into()])
    );
}
