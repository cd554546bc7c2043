//! What a person is told who types no event.

/// What a person at a terminal is told who gives no event.
pub const USAGE: &str = "\
usage: bootstrapper plan|apply|verify|drill|'{\"action\":…}'

  plan     what apply would do; writes nothing
  apply    makes the account match the config; run twice, the second changes nothing
           '{\"action\":\"apply\",\"adopt\":[\"alarm/yakei-…\"]}' takes over what somebody else made and plan calls
           foreign
  verify   read-only audit of every link from the trail to a confirmed subscriber
  drill    writes a marked synthetic record and follows it to the notice;
           '{\"action\":\"drill\",\"control\":\"…\"}' chooses the control
  '{\"action\":\"destroy\",\"confirm\":\"<name>\"}'
           removes what Yakei made, logs and buckets apart; with \"region\":\"…\" only in a Region that was taken
           off [trail] regions

The answer goes to standard output: in a terminal as a table, to a program (a pipe, a file) as JSON. YAKEI_OUTPUT=table
or json says otherwise, and the make targets say table (make verify OUTPUT=json). What happens meanwhile is told line by
line on standard error. The exit status is 1 when something failed or something of somebody
else's is in the way, verify and drill included.

The config is $YAKEI_CONFIG, else yakei.toml beside the program. The account and the Region are those of the
environment (AWS_ACCESS_KEY_ID and its siblings, AWS_REGION); make plan and its siblings take them from AWS_PROFILE too.";
