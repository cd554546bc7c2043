//! The table over a trail's bucket: one column, one line a file, partitions projected by account, Region and day.
//!
//! Nothing of AWS's is touched by it but one entry in the Glue catalogue, and that is dropped again after the query.

use jiff::civil::Date;
use yakei_core::arns::is_account;

/// Where the logs are: the folder that holds accounts, and which accounts and Regions are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// `s3://bucket/prefix/AWSLogs/`, of an organization's trail `s3://bucket/prefix/AWSLogs/o-…/`.
    pub location: String,
    /// Accounts, twelve digits each.
    pub accounts: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
}

/// The table that a query asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The Glue database.
    pub database: String,
    /// The table's name in it.
    pub name: String,
    /// Where the logs are.
    pub layout: Layout,
    /// The first day of `eventTime` that is asked for.
    pub from: Date,
    /// The last one.
    pub to: Date,
}

/// Why there is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A name that Glue or the query would read as something else.
    #[error("{0:?} is no name of a database or table: use small letters, digits and _")]
    Name(String),
    /// A folder that is none, or with characters that a table's location cannot have.
    #[error("{0:?} is no folder such as s3://bucket/prefix/AWSLogs/ in letters, digits and ! - _ . * ( ) = /")]
    Location(String),
    /// An account that is none.
    #[error("{0:?} is no account: it has twelve digits")]
    Account(String),
    /// A Region that is none.
    #[error("{0:?} is no Region")]
    Region(String),
    /// No account, or no Region.
    #[error("there is no {0} to ask about")]
    Nothing(&'static str),
    /// The last day before the first.
    #[error("the last day, {1}, is before the first, {0}")]
    Days(Date, Date),
}

impl Table {
    /// The table, if all of its parts are what they should be.
    ///
    /// # Errors
    /// [`TableError`] for the first that is not: what is checked here stands in a statement as it is.
    pub fn new(database: &str, name: &str, layout: Layout, from: Date, to: Date) -> Result<Self, TableError> {
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if let Some(wrong) = [database, name].into_iter().find(|name| !is_name(name)) {
            return Err(TableError::Name(wrong.to_owned()));
        }
        let location = &layout.location;
        let in_bucket = location.strip_prefix("s3://").is_some_and(|rest| rest.len() > 1 && rest.ends_with('/'));
        if !in_bucket || !location.chars().skip(5).all(|c| c.is_ascii_alphanumeric() || "!-_.*()=/".contains(c)) {
            return Err(TableError::Location(location.clone()));
        }
        if let Some(wrong) = layout.accounts.iter().find(|account| !is_account(account)) {
            return Err(TableError::Account(wrong.clone()));
        }
        let is_region = |text: &String| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if let Some(wrong) = layout.regions.iter().find(|region| !is_region(region)) {
            return Err(TableError::Region(wrong.clone()));
        }
        for (list, what) in [(&layout.accounts, "account"), (&layout.regions, "Region")] {
            if list.is_empty() {
                return Err(TableError::Nothing(what));
            }
        }
        if to < from {
            return Err(TableError::Days(from, to));
        }
        Ok(Self { database: database.to_owned(), name: name.to_owned(), layout, from, to })
    }

    /// The last day of delivery that is read: what happens before midnight is delivered after it.
    pub fn last_delivery(&self) -> Date {
        self.to.tomorrow().unwrap_or(self.to)
    }

    /// Makes it, in Athena's language for tables.
    ///
    /// A field ends at the character 1, which cannot stand in JSON as itself: so the whole line is one field.
    pub fn create(&self) -> String {
        let Self { database, name, layout: Layout { location, accounts, regions }, from, .. } = self;
        let (first, last) = (from.strftime("%Y/%m/%d"), self.last_delivery());
        format!(
            "CREATE EXTERNAL TABLE `{database}`.`{name}` (`line` string)
PARTITIONED BY (`account` string, `region` string, `day` string)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\001' LINES TERMINATED BY '\\n'
STORED AS TEXTFILE
LOCATION '{location}'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '{accounts}',
  'projection.region.type' = 'enum',
  'projection.region.values' = '{regions}',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '{first},{last}',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = '{location}${{account}}/CloudTrail/${{region}}/${{day}}/'
)",
            accounts = accounts.join(","),
            regions = regions.join(","),
            last = last.strftime("%Y/%m/%d"),
        )
    }

    /// Drops it; the logs stay as they are.
    pub fn drop(&self) -> String {
        format!("DROP TABLE IF EXISTS `{}`.`{}`", self.database, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn table(location: &str, account: &str, region: &str, name: &str) -> Result<Table, TableError> {
        let layout = Layout {
            location: location.to_owned(),
            accounts: vec![account.to_owned(), "222222222222".to_owned()],
            regions: vec![region.to_owned(), "us-east-1".to_owned()],
        };
        Table::new("default", name, layout, date(2026, 10, 31), date(2026, 10, 31))
    }

    #[test]
    fn a_table_projects_accounts_regions_and_days_of_both_layouts() {
        for location in ["s3://logs/AWSLogs/", "s3://logs/some/prefix/AWSLogs/o-a1b2c3d4e5/"] {
            let made = table(location, "111111111111", "eu-west-1", "yakei_backtest").unwrap();
            let create = made.create();
            assert!(create.contains(&format!("LOCATION '{location}'")), "{create}");
            let template = format!("'{location}${{account}}/CloudTrail/${{region}}/${{day}}/'");
            assert!(create.contains(&template), "{create}");
            assert!(create.contains("'projection.account.values' = '111111111111,222222222222'"), "{create}");
            assert!(create.contains("'projection.region.values' = 'eu-west-1,us-east-1'"), "{create}");
            // the day after is read too: what happens before midnight is delivered after it
            assert!(create.contains("'projection.day.range' = '2026/10/31,2026/11/01'"), "{create}");
            assert_eq!(made.drop(), "DROP TABLE IF EXISTS `default`.`yakei_backtest`");
        }
    }

    #[test]
    fn nothing_that_would_end_a_literal_gets_into_a_statement() {
        let good = ("s3://logs/AWSLogs/", "111111111111", "eu-west-1", "yakei");
        let refused = |location: &str, account: &str, region: &str, name: &str| {
            table(location, account, region, name).unwrap_err()
        };
        for location in [
            "",
            "s3://",
            "s3:///",
            "logs/AWSLogs/",
            "s3://logs/AWSLogs",
            "s3://lo'gs/",
            "s3://logs/${x}/",
            "s3://logs/a b/",
        ] {
            assert_eq!(refused(location, good.1, good.2, good.3), TableError::Location(location.to_owned()));
        }
        assert!(matches!(refused(good.0, "1", good.2, good.3), TableError::Account(_)));
        assert!(matches!(refused(good.0, good.1, "eu'", good.3), TableError::Region(_)));
        assert!(matches!(refused(good.0, good.1, good.2, "a`b"), TableError::Name(_)));
        let layout = Layout { location: good.0.to_owned(), accounts: Vec::new(), regions: vec![good.2.to_owned()] };
        let none = Table::new("default", "yakei", layout, date(2026, 10, 1), date(2026, 10, 1));
        assert_eq!(none, Err(TableError::Nothing("account")));
    }
}
