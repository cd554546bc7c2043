//! The alarms that a composite alarm's rule names: `ALARM(arn) OR NOT OK("name")`.

/// Names of the alarms in a rule, each once, in order. An ARN becomes the name in it.
pub fn children(rule: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = rule;
    while let Some((before, inside)) = rest.split_once('(') {
        rest = inside;
        let is_state = ["ALARM", "OK", "INSUFFICIENT_DATA"].iter().any(|state| before.trim_end().ends_with(state));
        if !is_state {
            continue;
        }
        let Some((quoted, after)) = argument(inside.trim_start()) else { break };
        rest = after;
        let name = name_of(quoted);
        if !name.is_empty() && !names.iter().any(|it| it == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// What stands in the brackets, in quotes of either kind or bare, and what follows it.
fn argument(inside: &str) -> Option<(&str, &str)> {
    for quote in ['"', '\''] {
        if let Some(quoted) = inside.strip_prefix(quote) {
            return quoted.split_once(quote);
        }
    }
    inside.split_once(')').map(|(named, after)| (named.trim(), after))
}

/// `arn:aws:cloudwatch:eu-west-1:123456789012:alarm:name` as `name`; anything else as it is.
pub fn name_of(named: &str) -> &str {
    match named.split_once(":alarm:") {
        Some((before, name)) if before.starts_with("arn:") => name,
        _ => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_in_any_quotes() {
        let rule = "ALARM(arn:aws:cloudwatch:us-east-1:1:alarm:a b) OR (NOT OK(\"c (d)\") AND INSUFFICIENT_DATA( 'e' )) AND TRUE OR ALARM(e)";
        assert_eq!(children(rule), ["a b", "c (d)", "e"]);
    }

    #[test]
    fn broken_rules_name_nothing() {
        for rule in ["", "ALARM(", "ALARM(\"a", "((((", "TRUE", "FOO(a)"] {
            assert_eq!(children(rule), [""; 0], "{rule}");
        }
    }
}
