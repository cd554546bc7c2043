//! Many alarms at once, as one intruder causes them, at AWS's quotas and worse: one notice each, none lost, none late.
//! The clock is paused, so hours take seconds; and all chance is seeded, the pauses between attempts too, so that a run is
//! like the one before.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};
use yakei_core::alarm::Span;
use yakei_core::notice::Outgoing;

use super::*;
use crate::ports::{Alarms, CallError, FilterPage, Filters, LogEvent, Logs, MetricFilter, Notices, Page, Query};

/// The account that all environments share.
#[derive(Debug)]
struct Cloud {
    /// Calls a second of each operation.
    quota: usize,
    starts: RefCell<BTreeMap<&'static str, VecDeque<Instant>>>,
    /// Of a hundred calls: throttled, cut off, and hanging ones.
    trouble: (u32, u32, u32),
    random: RefCell<fastrand::Rng>,
    published: RefCell<Vec<(Instant, Value)>>,
}

impl Cloud {
    fn new(quota: usize, trouble: (u32, u32, u32)) -> Rc<Self> {
        let random = RefCell::new(fastrand::Rng::with_seed(0x5eed));
        Rc::new(Self { quota, starts: RefCell::default(), trouble, random, published: RefCell::default() })
    }

    async fn called(&self, call: &'static str) -> Result<(), CallError> {
        sleep(Duration::from_millis(50)).await;
        if self.is_beyond_the_quota(call) {
            return Err(fake::failure(call, "ThrottlingException"));
        }
        let (throttled, cut, hanging) = self.trouble;
        let dice = self.random.borrow_mut().u32(0..100);
        if dice < throttled {
            return Err(fake::failure(call, "ThrottlingException"));
        }
        if dice < throttled + cut {
            return Err(fake::failure(call, "DispatchFailure"));
        }
        if dice < throttled + cut + hanging {
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    /// What is refused does not count.
    fn is_beyond_the_quota(&self, call: &'static str) -> bool {
        let mut starts = self.starts.borrow_mut();
        let starts = starts.entry(call).or_default();
        while starts.front().is_some_and(|it| it.elapsed() >= Duration::from_secs(1)) {
            starts.pop_front();
        }
        let beyond = starts.len() >= self.quota;
        if !beyond {
            starts.push_back(Instant::now());
        }
        beyond
    }
}

/// One environment of the function.
#[derive(Debug, Clone)]
struct Environment(Rc<Cloud>);

impl Logs for Environment {
    async fn filters(&self, _: &str, of: Filters<'_>, _: Option<&str>) -> Result<FilterPage, CallError> {
        self.0.called("DescribeMetricFilters").await?;
        let filter = |n: usize| MetricFilter {
            log_group: GROUP.into(),
            pattern: format!("user-{n}."),
            metric: ("yakei".into(), format!("metric-{n}")),
            counts_events: true,
            ..MetricFilter::default()
        };
        let asked = |it: &MetricFilter| match of {
            Filters::OfGroup(group) => it.log_group == group,
            Filters::OfMetric(metric) => it.metric.1 == metric.name,
            Filters::All => true,
        };
        Ok(FilterPage { filters: (0..200).map(filter).filter(asked).collect(), next: None })
    }

    async fn page(&self, _: &str, query: &Query, _: Option<&str>) -> Result<Page, CallError> {
        self.0.called("FilterLogEvents").await?;
        let logged_at: Timestamp = "2026-11-21T18:42:00Z".parse().unwrap();
        let who = query.pattern.trim_end_matches('.').to_owned();
        let message = sign_in(&who, "2026-11-21T18:41:00Z").to_string();
        let event = LogEvent { id: who, logged_at, ingested_at: Some(logged_at), message };
        Ok(Page {
            events: vec![event].into_iter().filter(|it| query.window.contains(it.logged_at)).collect(),
            next: None,
        })
    }

    async fn oldest(&self, _: &str, _: &str, _: Span, _: Option<&str>) -> Result<Page, CallError> {
        self.0.called("FilterLogEvents").await?;
        Ok(Page::default())
    }
}

impl Alarms for Environment {
    async fn describe(&self, _: &str, _: &[String]) -> Result<Vec<Alarm>, CallError> {
        self.0.called("DescribeAlarms").await?;
        Ok(Vec::new())
    }

    async fn history(&self, _: &str, _: &str, _: Span) -> Result<Vec<Transition>, CallError> {
        self.0.called("DescribeAlarmHistory").await?;
        Ok(Vec::new())
    }
}

impl Notices for Environment {
    async fn publish(&self, outgoing: &Outgoing) -> Result<(), CallError> {
        let answer = self.0.called("Publish").await;
        // SNS took it, or refused it; a cut connection leaves that open.
        let is_taken = match &answer {
            Ok(()) => true,
            Err(error) => error.fault.may_be_done() && self.0.random.borrow_mut().bool(),
        };
        if is_taken {
            let message: Value = serde_json::from_str(&outgoing.message).unwrap();
            let notice = serde_json::from_str(message["sqs"].as_str().unwrap()).unwrap();
            self.0.published.borrow_mut().push((Instant::now(), notice));
        }
        answer
    }
}

fn environment(cloud: &Rc<Cloud>) -> Enricher<Environment> {
    let settings = Settings { log_group: Some(GROUP.into()), history: true, ..settings() };
    let environment = Environment(Rc::clone(cloud));
    Enricher::new(environment, settings, Limits::default(), Some(TOPIC_OUT.into()), Some("eu-west-1".into()))
}

fn alarm_of(n: usize) -> Value {
    let mut body = alarm("ALARM", "OK", &breach(1));
    body["AlarmName"] = json!(format!("alarm-{n}"));
    body["Trigger"]["MetricName"] = json!(format!("metric-{n}"));
    let mut event = event(&[&body.to_string()]);
    event["Records"][0]["Sns"]["MessageId"] = json!(format!("m-{n}"));
    event
}

#[tokio::test(start_paused = true)]
async fn thirty_alarms_in_one_minute_are_thirty_notices_that_say_who_within_their_time() {
    fastrand::seed(0x5eed);
    // All at once is the worst of a minute.
    for gap in [Duration::ZERO, Duration::from_secs(2)] {
        let cloud = Cloud::new(5, (0, 0, 0));
        let each = (0..30_u32).map(|n| {
            let cloud = Rc::clone(&cloud);
            async move {
                sleep(gap * n).await;
                let enricher = environment(&cloud);
                enricher.warm_up().await;
                let began = Instant::now();
                enricher.handle(&alarm_of(n as usize), invoked(Duration::from_mins(1))).await.unwrap();
                began.elapsed()
            }
        });
        let took = join_all(each).await;
        let latest = took.iter().max().unwrap();
        assert!(*latest <= Duration::from_secs(45), "the latest took {latest:?}");
        let published = cloud.published.borrow();
        assert_eq!(published.len(), 30);
        for (_, notice) in published.iter() {
            let n = notice["id"].as_str().unwrap().trim_start_matches("m-");
            assert_eq!(
                (&notice["activity"][0]["who"], &notice["complete"]),
                (&json!(format!("user-{n}")), &json!(true)),
                "{notice}"
            );
        }
        println!("{gap:?} apart: the latest notice took {latest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_alarms_in_all_weathers_are_one_notice_each_and_repeats_are_marked() {
    fastrand::seed(0x5eed);
    let cloud = Cloud::new(20, (20, 10, 5));
    let each = (0..20_usize).map(|environment_number| {
        let cloud = Rc::clone(&cloud);
        async move {
            let enricher = environment(&cloud);
            enricher.warm_up().await;
            for n in (environment_number * 10)..(environment_number * 10 + 10) {
                let deliveries = 1 + n % 3;
                for delivery in 0..deliveries {
                    // Lambda makes a failed invocation again, twice.
                    for _ in 0..3 {
                        if let Ok(answer) = enricher.handle(&alarm_of(n), invoked(Duration::from_mins(1))).await {
                            assert_eq!(answer["notices"][0]["repeated"] == true, delivery > 0, "{answer}");
                            break;
                        }
                        sleep(Duration::from_mins(1)).await;
                    }
                }
            }
        }
    });
    join_all(each).await;
    let mut by_id: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (_, notice) in cloud.published.borrow().iter() {
        by_id.entry(notice["id"].as_str().unwrap().to_owned()).or_default().push(notice.clone());
    }
    assert_eq!(by_id.len(), 200, "none is lost");
    let mut without = 0;
    for (id, notices) in &by_id {
        let who = format!("user-{}", id.trim_start_matches("m-"));
        for (at, notice) in notices.iter().enumerate() {
            if notice["activity"] == json!([]) {
                // Three hanging calls in a row leave no time for a fourth, and the notice says so.
                without += 1;
                assert_eq!((&notice["complete"], &notice["gaps"]), (&json!(false), &json!(["CallFailed"])), "{notice}");
                assert!(notice["problems"].to_string().contains("Timeout"), "{notice}");
            } else {
                assert_eq!(notice["activity"][0]["who"], json!(who), "{notice}");
            }
            let marked = notice["problems"].to_string().contains("may have arrived");
            assert!(at == 0 || marked, "a repeat of {id} is not marked");
        }
    }
    assert!(without <= 1, "{without} of 200 notices do not say who");
    let repeats = by_id.values().map(|it| it.len() - 1).sum::<usize>();
    println!("200 alarms, {repeats} of them told twice because an answer was lost, each marked");
}
