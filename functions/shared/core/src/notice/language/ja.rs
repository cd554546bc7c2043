//! 日本語: です・ます調、AWS マネジメントコンソールの日本語版の用語。
//!
//! Two rules beside the words: an ideographic full stop reads as a dot to mail clients, so a sentence that may be
//! followed by more has none inside; and between Japanese and a stranger's text there is a blank or a bracket, so that
//! the one never becomes a part of the other. AWS's states, codes and operations stay as they are, and so do names in tables
//! and lists (`alice via SSO Admin`): people copy them into the console and into `[[notify.ignore]]`. A sentence says what
//! is AWS's of a name in Japanese.

mod answers;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::facts::{
    Act, Admitted, Before, Call, Did, Drill, Found, Headline, Lead, MissedAlarm, Origin, SignedInFrom, SinceThen,
    Subject, ToStop, Turn, Way, Who, WhyUnknown,
};
use super::words::{Labels, Words};
use crate::activity::{Part, Unreadable, parts};
use crate::alarm::{NotAnAlarm, State};
use crate::digest::Unknown;
use crate::notice::{Body, Bound, Does, Envelope, Meaning, Problem, Room, Said};
use crate::plan::Per;

/// Japanese.
pub(super) struct Japanese;

impl Words for Japanese {
    fn labels(&self) -> &'static Labels {
        &LABELS
    }

    /// `2026年11月22日 03:41 JST（2026-11-21 18:41 UTC）`
    fn when(&self, at: Timestamp, local: Option<&TimeZone>) -> String {
        match local.map(|zone| at.to_zoned_datetime(zone.clone())) {
            Some(local) if local.time_zone() != &TimeZone::UTC => {
                format!("{}（{} UTC）", local.strftime("%Y年%m月%d日 %H:%M %Z"), at.strftime("%Y-%m-%d %H:%M"))
            }
            _ => format!("{} UTC", at.strftime("%Y年%m月%d日 %H:%M")),
        }
    }

    fn span(&self, from: Timestamp, to: Timestamp) -> String {
        format!("{} から {} まで (UTC)", from.strftime("%Y-%m-%d %H:%M:%S"), to.strftime("%Y-%m-%d %H:%M:%S"))
    }

    fn headline(&self, it: &Headline<'_>, local: Option<&TimeZone>) -> String {
        let name = |turn: &Turn<'_>| match turn.at {
            Some(at) => format!("{} は {}", turn.name, at_the_time(&self.when(at, local))),
            None => format!("{} は", turn.name),
        };
        match it {
            Headline::NoAlarm { said: None } => "アラームではない空のメッセージを受信しました".to_owned(),
            Headline::NoAlarm { said: Some(said) } => {
                format!("アラームではないメッセージを受信しました: {}", self.said(said))
            }
            Headline::Watching(turn) => format!("{}監視を開始しました", name(turn)),
            Headline::OverIgnored { name } => format!("{name} は終了しました（除外設定に該当する操作のみ）"),
            Headline::Ignored { name, count, because } => {
                format!("{name} は除外設定に該当するイベント {count} 件のみです（{}）", because.join("、"))
            }
            Headline::Unattributed { turn, state, why } => {
                let went = match state {
                    State::Ok => " OK に戻りました",
                    State::InsufficientData => "データ不足になりました",
                    State::Alarm => "アラーム状態になりました",
                    State::Unknown => "状態が変わりました",
                };
                format!("{}{went}が、実行者は不明です（{why}）", name(turn))
            }
            Headline::Did { lead, act, more } => {
                let act = self.act(act, local);
                let act = if *more > 0 { format!("{act}、ほかに {more} 件の操作があります") } else { act };
                match lead {
                    Lead::Cause => act,
                    Lead::AlsoDuring => format!("このアラームの継続中に次の操作もありました: {act}"),
                    Lead::NothingNew { turn, too_little_data, complete } => {
                        let went = if *too_little_data {
                            "データ不足になりました"
                        } else {
                            " OK に戻りました"
                        };
                        let new = if *complete {
                            "発生後の新しい操作はありません"
                        } else {
                            "発生後の新しい操作の検索は完了していません"
                        };
                        format!("{}{went}（{new}）、発生時の操作: {act}", name(turn))
                    }
                }
            }
            Headline::WentOff { turn, why } => match why {
                WhyUnknown::Means(Meaning::Heartbeat) => format!(
                    "{}アラーム状態になりました: toggler から、実行した、またはすべて処理できたという報告がありません\
                     （理由は toggler のログにあります）",
                    name(turn)
                ),
                WhyUnknown::Problem(problem) => {
                    format!("{}アラーム状態になりましたが、実行者は不明です（{problem}）", name(turn))
                }
                WhyUnknown::NoEvent => {
                    format!("{}アラーム状態になりましたが、一致するログイベントは見つかりませんでした", name(turn))
                }
                WhyUnknown::NotSearched => {
                    format!("{}アラーム状態になりましたが、検索は行われていません", name(turn))
                }
            },
            Headline::Over { turn, new: SinceThen::Unasked } => format!("{} OK に戻りました", name(turn)),
            Headline::Over { turn, new: SinceThen::Nothing } => {
                format!("{} OK に戻りました（発生後の新しい操作はありません）", name(turn))
            }
            Headline::Over { turn, new: SinceThen::Incomplete } => {
                format!("{} OK に戻りましたが、その後の操作の検索は完了していません", name(turn))
            }
            Headline::TooLittleData(turn) => format!("{}データ不足になりました", name(turn)),
            Headline::Changed(turn) => {
                format!("{}状態が変わりましたが、メッセージに新しい状態の記載がありません", name(turn))
            }
        }
    }

    fn subject(&self, it: &Subject<'_>) -> String {
        let word = |state: State| if state == State::Unknown { "アラーム" } else { state.as_str() };
        match it {
            Subject::NoAlarm => "アラームではないメッセージ".to_owned(),
            Subject::Alarm(state, name) => format!("{} {name}", word(*state)),
            Subject::NothingNew(state, name) => format!("{} {name}: 新しい操作はありません", word(*state)),
            Subject::Did(state, name, act) => format!("{} {name}: {}", word(*state), deed(act, None)),
        }
    }

    /// `alice が 2026年11月22日 03:41 JST（2026-11-21 18:41 UTC）に 203.0.113.5 からコンソールにサインインしました（MFA なし）`
    fn act(&self, it: &Act<'_>, local: Option<&TimeZone>) -> String {
        let when = self.when(it.last, local);
        if it.times > 1 { format!("{}、最終 {when}", deed(it, None)) } else { deed(it, Some(&when)) }
    }

    fn found(&self, it: Found) -> String {
        let (found, at_least) = (it.events, if it.at_least { "以上" } else { "" });
        match it.expected {
            Some(expected) if expected == found && !it.at_least => {
                format!("一致するイベント {found} 件（アラームのカウントと同数）")
            }
            Some(expected) => format!("一致するイベント {found} 件{at_least}（アラームのカウントは {expected} 件）"),
            None => format!("一致するイベント {found} 件{at_least}"),
        }
    }

    fn ignored(&self, count: u64, because: &[String]) -> String {
        format!("うち {count} 件は [[notify.ignore]] の除外設定に該当: {}", because.join("、"))
    }

    fn and_more(&self, count: u64) -> String {
        format!("ほか {count} 件")
    }

    fn problem(&self, it: &Problem) -> String {
        problem(it)
    }

    fn said(&self, it: &Said) -> String {
        let body = match &it.body {
            Body::Nothing => return it.subject.clone(),
            Body::Text(text) => text.clone(),
            Body::Broken => "（壊れた JSON のため表示しません）".to_owned(),
            Body::Members(names) => format!("メンバーが {} の JSON", names.join(", ")),
            Body::Array(count) => format!("要素 {count} 個の JSON 配列"),
            Body::Value => "JSON の値".to_owned(),
        };
        if it.subject.is_empty() { body } else { format!("{}: {body}", it.subject) }
    }

    fn before(&self, it: &Before<'_>, local: Option<&TimeZone>) -> String {
        answers::before(it, local)
    }

    fn signed_in_from(&self, it: &SignedInFrom<'_>, local: Option<&TimeZone>) -> String {
        answers::signed_in_from(it, local)
    }

    fn to_stop(&self, it: &ToStop<'_>) -> String {
        answers::to_stop(it)
    }

    fn step(&self, it: Does) -> &'static str {
        answers::step(it)
    }

    fn stops_left_out(&self, count: u64) -> String {
        answers::stops_left_out(count)
    }

    fn perhaps(&self, act: &str) -> String {
        format!("（アラームの対象とは限りません）{act}")
    }

    fn known_before(&self, act: &str) -> String {
        format!("発生時の操作（最初の通知に含まれるべきもの）: {act}")
    }

    fn not_known(&self, problem: &str) -> String {
        format!("不明な点: {problem}")
    }

    fn digest_subject(&self, name: &str, went_off: usize, standing: usize) -> String {
        let standing =
            if standing > 0 { format!("（{standing} 件は現在もアラーム状態）") } else { String::new() };
        format!("{name}: ミュート中に {went_off} 件のアラームが発生しました{standing}")
    }

    fn digest_headline(
        &self,
        from: Timestamp,
        to: Timestamp,
        zone: &TimeZone,
        who: &[String],
        others: usize,
    ) -> String {
        let [from, to] = [from, to].map(|at| at.to_zoned_datetime(zone.clone()));
        let end = if from.date() == to.date() { "%H:%M %Z" } else { "%Y年%m月%d日 %H:%M %Z" };
        let others = if others > 0 { format!("、ほか {others} 件") } else { String::new() };
        let (from, to) = (from.strftime("%Y年%m月%d日 %H:%M"), to.strftime(end));
        format!("ミュート中（{from} から {to} まで）の操作: {}{others}", who.join(" / "))
    }

    fn digest_opening(&self, went_off: usize, times: u64, from: Timestamp, to: Timestamp, zone: &TimeZone) -> String {
        let times = if times > went_off as u64 { format!("（延べ {times} 回）") } else { String::new() };
        let (from, to) = (spaced(&both(from, zone)), spaced(&both(to, zone)));
        format!("{from}から {to}までのミュート中に、{went_off} 件のアラームが発生しました{times}。")
    }

    fn digest_who(&self, who: &str, count: u64, from: &Origin<'_>) -> String {
        format!("{who}{}（{} {count} 回）", apart(who), origin(from).trim_start())
    }

    fn named(&self, who: &str) -> String {
        named(who)
    }

    fn digest_alarm(&self, it: &MissedAlarm<'_>, zone: &TimeZone) -> String {
        match it.times {
            1 => format!("{}、{}", it.name, both(it.last, zone)),
            times => {
                let (first, last) = (spaced(&both(it.first, zone)), spaced(&both(it.last, zone)));
                format!("{}、{times} 回、{first}から {last}まで", it.name)
            }
        }
    }

    fn digest_did(&self, who: &str, event: &str, outcome: &str, last: Timestamp, zone: &TimeZone) -> String {
        format!("{who}: {event}{}（{outcome}）、最終 {}", apart(event), both(last, zone))
    }

    fn digest_searched(&self, log_group: &str, pattern: &str) -> String {
        format!("検索 {log_group}: {pattern}")
    }

    fn digest_more(&self, count: usize) -> String {
        format!("ほか {count} 件あります。")
    }

    fn per(&self, it: Per) -> String {
        match it {
            Per::DataEvents => "CloudTrail が配信するデータイベント 10 万件あたり",
            Per::LogGigabyte => "ロググループに取り込まれる 1 GB あたり",
            Per::KeyMonth => "キー 1 個、1 か月あたり",
            Per::KeyRequests => "キーへのリクエスト 1 万回あたり",
            Per::AccessLogGigabyte => "保存されるアクセスログ 1 GB、1 か月あたり",
            Per::Month => "1 か月あたり",
        }
        .to_owned()
    }

    fn unknown(&self, it: &Unknown) -> String {
        match it {
            Unknown::Said(text) => text.clone(),
            Unknown::NoRegion => "アラームのリージョンが不明なため、検索できませんでした".to_owned(),
            Unknown::Who { call, code, message } => {
                format!("実行者は不明です（{}）", failed(call, code, message))
            }
            Unknown::After { alarm, after, call, code, message } => {
                let after = after.strftime("%Y-%m-%d %H:%M:%S");
                format!("アラーム {alarm} の {after} UTC より後の状態変化は不明です（{}）", failed(call, code, message))
            }
            Unknown::Before { before } => format!(
                "{} UTC より前の状態変化は不明です（CloudWatch の履歴の保持期間は 30 日です）",
                before.strftime("%Y-%m-%d %H:%M:%S")
            ),
            Unknown::NotDescribed => "アラームの情報を取得できなかったため、検索できませんでした".to_owned(),
            Unknown::NotSearchable => {
                "ロググループのメトリクスを監視するアラームではないため、検索していません".to_owned()
            }
            Unknown::Problem(it) => problem(it),
            Unknown::Ignored { count, because } => {
                format!("イベント {count} 件は除外設定に該当します: {}", because.join("、"))
            }
            Unknown::NoRoomForSearches => "行った検索は、収まらないため記載していません".to_owned(),
            Unknown::NoRoomForProblems => further(),
        }
    }
}

static LABELS: Labels = Labels {
    alarm: "アラーム",
    account: "アカウント",
    found: "検出",
    history: "過去の操作",
    ignored: "除外",
    next: "次の対応",
    stop: "停止方法",
    open_event: "イベントを開く",
    open_identity: "IAM で開く",
    searched: "検索",
    aws_says: "AWS の説明",
    it_says: "内容",
    notice: "通知 ID",
    every_event: "（すべてのイベント）",
    heads: ["最終 (UTC)", "回数", "実行者", "操作", "結果", "送信元", "アカウント", "リージョン"],
    perhaps: "この時間帯に見つかった操作（アラームがカウントしたものとは限りません）:",
    before: "発生時の操作（最初の通知に含まれるべきもの）:",
    nearby: "アラームの対象時間帯の前後に見つかった操作:",
    problems: "不明な点、または想定と異なる点:",
    ask: "本人の操作かどうかを本人に確認してください。本人の操作でない場合は、認証情報を無効化し、セッションを終了させ、ログを保全してください。",
    no_alarm: "アラームではないメッセージ",
    open_search: "検索を開く",
    still: "現在もアラーム状態です。アクションは有効ですが、一度ほかの状態になってから再びアラーム状態になるまで、通知は送信されません:",
    late: "ミュートルールの終了時にアラーム状態でした。この状態変化は、これから CloudWatch が送信します:",
    costs: "監視そのもの以外に yakei.toml で有効にしている機能の料金（2026 年 11 月の us-east-1 の定価）:",
    digest: "ダイジェスト ID",
    unknown: "不明な点",
    ask_about_own: "操作した人に、計画された操作かどうかを確認してください。",
    wide: true,
};

/// `2026年11月24日 09:10 JST（00:10 UTC）`
fn both(at: Timestamp, zone: &TimeZone) -> String {
    let utc = at.to_zoned_datetime(TimeZone::UTC);
    if zone == &TimeZone::UTC {
        return utc.strftime("%Y年%m月%d日 %H:%M UTC").to_string();
    }
    let local = at.to_zoned_datetime(zone.clone());
    let format = if utc.date() == local.date() { "%H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" };
    format!("{}（{}）", local.strftime("%Y年%m月%d日 %H:%M %Z"), utc.strftime(format))
}

/// Who did what, from where and, for something that was done once, when.
fn deed(it: &Act<'_>, when: Option<&str>) -> String {
    let drill = if it.drill == Drill::Real { "【訓練】" } else { "" };
    let from = origin(&it.from);
    let from = when.map_or(from.clone(), |when| format!(" {}{from}", at_the_time(when)));
    let start = format!("{drill}{}が{from}", who(it));
    let several = it.times > 1;
    let times = if several { format!("{} 回", it.times) } else { String::new() };
    let gap = if several { " " } else { "" };
    match &it.did {
        Did::SignedIn { mfa } => {
            let mfa = match mfa {
                Some(true) => "（MFA あり）",
                Some(false) => "（MFA なし）",
                None => "",
            };
            format!("{start}コンソールに{gap}{times}サインインしました{mfa}")
        }
        Did::SignInFailed { why } => {
            let why = why.as_ref().map_or(String::new(), |why| format!("（{why}）"));
            format!("{start}コンソールへのサインインに{gap}{times}失敗しました{why}")
        }
        Did::GotIn { way, mfa, into } => {
            let mfa = if *mfa { "（MFA あり）" } else { "" };
            format!("{start}{}{mfa}", got_in(*way, into.as_deref(), &format!("{gap}{times}")))
        }
        Did::NotIn { way, into, why } => {
            let why = why.as_ref().map_or(String::new(), |why| format!("（{why}）"));
            format!("{start}{}{why}", not_in(*way, into.as_deref(), &format!("{gap}{times}")))
        }
        Did::Began => {
            format!("{start} AWS サインインでサインインを{gap}{times}開始しました（完了は確認されていません）")
        }
        Did::SwitchedRole => format!("{start}コンソールでロールを{gap}{times}切り替えました"),
        Did::Called(of) => format!("{start}{}を{gap}{times}呼び出しました", call(of)),
        Did::Denied { call: of, why } if several => {
            format!("{start}{}を {times}呼び出し、いずれも拒否されました（{why}）", call(of))
        }
        Did::Denied { call: of, why } => format!("{start}{}を呼び出し、拒否されました（{why}）", call(of)),
        Did::CallFailed { call: of, why } if several => {
            format!("{start}{}を {times}呼び出し、いずれも失敗しました（{why}）", call(of))
        }
        Did::CallFailed { call: of, why } => format!("{start}{}を呼び出し、失敗しました（{why}）", call(of)),
    }
}

fn got_in(way: Way, into: Option<&Admitted<'_>>, times: &str) -> String {
    if let Some(Admitted { role, account }) = into {
        match way {
            Way::PortalCredentials if !role.is_empty() => {
                return format!(
                    " AWS アクセスポータルでアカウント {account} のロール {role} の認証情報を{times}取得しました"
                );
            }
            Way::PortalConsole if !role.is_empty() => {
                return format!(
                    " AWS アクセスポータルでアカウント {account} のコンソールをロール {role} で{times}開きました"
                );
            }
            Way::RootSession => return format!("アカウント {account} のルートセッションを{times}取得しました"),
            _ => {}
        }
    }
    match way {
        Way::Portal => format!(" AWS アクセスポータルに{times}サインインしました"),
        Way::Application => format!(" AWS サインインを経由してアプリケーションに{times}サインインしました"),
        Way::Credential => format!(" AWS サインインで本人確認を{times}完了しました"),
        Way::PortalCredentials => format!(" AWS アクセスポータルのロールの認証情報を{times}取得しました"),
        Way::PortalConsole => format!(" AWS アクセスポータルでアカウントのコンソールを{times}開きました"),
        Way::Role => format!("コンソールでロールを{times}切り替えました"),
        Way::ConsoleToken => format!("認証情報をコンソールのセッションに{times}変換しました"),
        Way::RootSession => format!("メンバーアカウントのルートセッションを{times}取得しました"),
        Way::Program => format!("コマンドラインまたはほかのプログラムで{times}サインインしました（aws login）"),
    }
}

fn not_in(way: Way, into: Option<&Admitted<'_>>, times: &str) -> String {
    if let Some(Admitted { role, account }) = into {
        match way {
            Way::PortalCredentials if !role.is_empty() => {
                return format!(
                    " AWS アクセスポータルでアカウント {account} のロール {role} の認証情報の取得に{times}失敗しました"
                );
            }
            Way::PortalConsole if !role.is_empty() => {
                return format!(
                    " AWS アクセスポータルでアカウント {account} のコンソールをロール {role} で開く操作に{times}失敗しました"
                );
            }
            Way::RootSession => {
                return format!("アカウント {account} のルートセッションの取得に{times}失敗しました");
            }
            _ => {}
        }
    }
    match way {
        Way::Portal => format!(" AWS アクセスポータルへのサインインに{times}失敗しました"),
        Way::Application => {
            format!(" AWS サインインを経由したアプリケーションへのサインインに{times}失敗しました")
        }
        Way::Credential => format!(" AWS サインインで誤ったパスワードまたは MFA を{times}入力しました"),
        Way::PortalCredentials => {
            format!(" AWS アクセスポータルのロールの認証情報の取得に{times}失敗しました")
        }
        Way::PortalConsole => {
            format!(" AWS アクセスポータルでアカウントのコンソールを開く操作に{times}失敗しました")
        }
        Way::Role => format!("コンソールでのロールの切り替えに{times}失敗しました"),
        Way::ConsoleToken => format!("認証情報のコンソールセッションへの変換に{times}失敗しました"),
        Way::RootSession => format!("メンバーアカウントのルートセッションの取得に{times}失敗しました"),
        Way::Program => {
            format!("コマンドラインまたはほかのプログラムでのサインインに{times}失敗しました（aws login）")
        }
    }
}

/// An instant and its particle.
fn at_the_time(when: &str) -> String {
    format!("{}に", spaced(when))
}

/// With a blank before Japanese text, where no bracket parts them.
fn spaced(when: &str) -> String {
    format!("{when}{}", if when.ends_with('）') { "" } else { " " })
}

/// A blank where a bracket of ours would make markdown's link of a bracket before it.
fn apart(text: &str) -> &'static str {
    if text.ends_with(']') { " " } else { "" }
}

/// A name in a sentence: what AWS says of it in Japanese, what somebody chose as it is.
fn named(who: &str) -> String {
    let (name, parts) = parts(who);
    parts.into_iter().fold(name.to_owned(), |said, part| {
        // What ends a name may become a bracket where the whole is shown.
        let gap = if said.ends_with(|it: char| it.is_alphanumeric() || it == '）') { "" } else { " " };
        let part = match part {
            Part::Account(account) if said.is_empty() => return format!("アカウント {account}"),
            Part::Account(account) => return format!("アカウント {account} の {said}"),
            Part::Via(service) => format!("{service} 経由"),
            Part::SwitchedFrom(from, Some(account)) => format!("アカウント {account} の {from} から切り替え"),
            Part::SwitchedFrom(from, None) => format!("{from} から切り替え"),
            Part::SourceIdentity(source) => format!("ソース ID {source}"),
            Part::Federated(Some(issuer)) => format!("{issuer} によるフェデレーション"),
            Part::Federated(None) => "フェデレーション".to_owned(),
            Part::Sso(set) => format!("SSO の {set}"),
        };
        format!("{said}{gap}（{part}）")
    })
}

/// With a blank after a name, so that the particle is no part of it.
fn who(it: &Act<'_>) -> String {
    let who = match &it.who {
        Who::Named(name) => named(name),
        Who::Root { account, central } => {
            let of = account.map_or_else(|| "不明なアカウント".to_owned(), |account| format!("アカウント {account} "));
            format!("{of}のルートユーザー{}", if *central { "（ルートアクセスの一元管理による）" } else { "" })
        }
        Who::Hidden => "ユーザー名が不明な人物".to_owned(),
        Who::Nobody => "不明な実行者".to_owned(),
    };
    let gap = apart(&who);
    match (&it.account, it.drill == Drill::Imitated) {
        (Some(account), true) => format!("{who}{gap}（アカウント {account}、Yakei の訓練ではありません）"),
        (Some(account), false) => format!("{who}{gap}（アカウント {account}）"),
        (None, true) => format!("{who}{gap}（Yakei の訓練ではありません）"),
        // A bracket of ours parts as well as a blank does.
        (None, false) if matches!(&it.who, Who::Named(name) if *name == who || !who.ends_with('）')) => {
            format!("{who} ")
        }
        (None, false) => who,
    }
}

fn call(it: &Call<'_>) -> String {
    match it {
        Call::Named(name) => format!(" {name} "),
        Call::Unnamed => "名前のない操作".to_owned(),
    }
}

/// With a blank before an address or a network's name.
fn origin(it: &Origin<'_>) -> String {
    match it {
        Origin::Unsaid => "不明な送信元から".to_owned(),
        Origin::Address(address) => format!(" {address} から"),
        Origin::Known(network, address) => format!(" {network}（{address}）から"),
        Origin::NotKnown(address) => format!("未登録の送信元（{address}）から"),
        Origin::Service(address) => format!(" AWS サービス（{address}）から"),
        Origin::Endpoint { account, address } => format!("アカウント {account} の VPC エンドポイント（{address}）から"),
    }
}

/// A call of AWS that failed, in brackets.
fn failed(call: &str, code: &str, message: &str) -> String {
    let message = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("{call} が {code} で失敗しました{message}")
}

fn further() -> String {
    "ほかにも不明な点があります（関数のログを確認してください）".to_owned()
}

fn problem(it: &Problem) -> String {
    match it {
        Problem::NotAnAlarm(why) => not_an_alarm(*why).to_owned(),
        Problem::Envelope(why) => match why {
            Envelope::NotFromSns => "イベントに SNS 以外のレコードが含まれています",
            Envelope::NoMessage => "イベントのレコードにメッセージがありません",
        }
        .to_owned(),
        Problem::NoConfiguration(why) => {
            format!("次の理由で設定を読み込めないため、時刻は UTC のみで、除外設定も適用されていません: {why}")
        }
        Problem::NotSearched => "検索は行われていません".to_owned(),
        Problem::NoRegion => "アラームのリージョンが不明なため、検索できませんでした".to_owned(),
        Problem::NoSuchAlarm { alarm, region } => {
            format!("アラーム {alarm} は {region} に存在しません（削除された可能性があります）")
        }
        Problem::TooDeep(depth) => format!("複合アラームは {depth} 階層まで確認し、その先は確認していません"),
        Problem::TooManyAlarms(most) => {
            format!("複合アラームが参照するアラームは、最初の {most} 件のみ確認しました")
        }
        Problem::NoDatapoint { from, to } => format!(
            "アラームにデータポイントの記載がないため、{from} から {to} まで (UTC) に記録されたログを検索しました"
        ),
        Problem::SomeDatapoints { named, from, to } => format!(
            "しきい値に違反したデータポイントのうち AWS が示すのは最新の {named} 件のみのため、{from} から {to} まで (UTC) に\
             記録されたログをすべて検索しました"
        ),
        Problem::LogAlarm { alarm } => format!(
            "アラーム {alarm} は独自のクエリでログを監視しているため、カウントされた行はそのアラーム自体の通知に含まれます"
        ),
        Problem::NoLines => "ログアラームの行は発生時のメッセージに含まれますが、このメッセージにはありません\
                             （行数は ActionLogLineCount で設定します）"
            .to_owned(),
        Problem::SomeLines(count) => format!(
            "アラームが送信したログは {count} 行ですが、実際のカウントはこれより多い可能性があります\
             （送信する行数は ActionLogLineCount で設定します）"
        ),
        Problem::MayBeRepeated(id) => {
            format!(
                "この通知は、前回の送信分も届いている可能性があります（ID が {id} の通知が 2 通あれば同じものです）"
            )
        }
        Problem::NoMetric => "アラームがロググループのメトリクスを参照していないため、ログを検索できません".to_owned(),
        Problem::NoMetricFilter { region, metric, namespace } => format!(
            "名前空間 {namespace} のメトリクス {metric} に値を出力するメトリクスフィルターが {region} にないため、ログを検索できません"
        ),
        Problem::TransformedEvents(log_group) => format!(
            "ロググループ {log_group} のメトリクスフィルターは変換後のログイベントを対象としていますが、検索できるのは元のログイベントのみです"
        ),
        Problem::SelectionCriteria { log_group, criteria } => format!(
            "ロググループ {log_group} のメトリクスフィルターは {criteria} のイベントのみをカウントしますが、検索ではこの条件を指定できません"
        ),
        Problem::Dimension { dimension } => {
            format!("アラームは {dimension} のイベントのみをカウントしますが、検索ではこの条件を指定できません")
        }
        Problem::OtherAccount(account) => {
            format!("アラームはアカウント {account} のメトリクスを監視していますが、そのログはここからは検索しません")
        }
        Problem::SearchesLeftOut(count) => format!("ほかに {count} 件の検索は行っていません"),
        Problem::CallFailed { call, code, message, log_group } => {
            let place = if log_group.is_empty() {
                String::new()
            } else {
                format!("ロググループ {log_group} に対する ")
            };
            format!("{place}{}", failed(call, code, message))
        }
        Problem::Bound(Bound::Time) => {
            "検索は制限時間に達したため終了し、ほかにも該当するイベントがある可能性があります".to_owned()
        }
        Problem::Bound(Bound::Groups(most)) => {
            format!("検索は上限（操作 {most} 種類）に達したため終了し、ほかにも該当するイベントがある可能性があります")
        }
        Problem::FewerThanCounted { found, expected: Some(expected) } if *found > 0 => {
            format!("アラームがカウントした {expected} 件のイベントのうち、見つかったのは {found} 件のみです")
        }
        Problem::FewerThanCounted { expected: Some(expected), .. } => {
            format!("アラームがカウントした {expected} 件のイベントは、1 件も見つかりませんでした")
        }
        Problem::FewerThanCounted { expected: None, .. } => "一致するログイベントは見つかりませんでした".to_owned(),
        Problem::BeginningUnknown => {
            "アラームの開始時刻が不明なため、この通知の内容は最初の通知と重複している可能性があります".to_owned()
        }
        Problem::UnreadableLines { count, why } => {
            let why = match why {
                Unreadable::NotJson => "JSON ではないか、途中で切れています",
                Unreadable::NotARecord => "JSON ですが、CloudTrail のレコードではありません",
            };
            format!("一致したログ {count} 行を読み取れませんでした（{why}）")
        }
        Problem::IgnoreEnded { last, reason } => {
            let last = last.strftime("%Y年%m月%d日");
            format!("[[notify.ignore]] の除外設定の期限は {last} まででした: {reason}（延長するか、削除してください）")
        }
        Problem::NoRoom(left_out) => no_room(left_out),
    }
}

fn not_an_alarm(why: NotAnAlarm) -> &'static str {
    match why {
        NotAnAlarm::Empty => "メッセージが空です",
        NotAnAlarm::NotJson => "メッセージが JSON ではないため、アラームのものではありません",
        NotAnAlarm::BrokenJson => "メッセージの JSON が壊れているか、途中で切れています",
        NotAnAlarm::OtherJson => {
            "メッセージは JSON ですが、AlarmName がないため、CloudWatch アラームのものではありません"
        }
    }
}

fn no_room(left_out: &Room) -> String {
    match left_out {
        Room::NearbyGroups(count) => format!("前後の時間帯の操作のうち、{count} 件は記載していません"),
        Room::Searches(count) => format!("ほかに {count} 件の検索を行いましたが、記載していません"),
        Room::Stops => "全員の停止方法は、通知に収まらないため記載していません".to_owned(),
        Room::Nearby => "前後の時間帯に見つかった操作は、通知に収まらないため記載していません".to_owned(),
        Room::AllSearchesButOne => "通知に収まらないため、検索は 1 件のみ記載しています".to_owned(),
        Room::Problems => further(),
    }
}
