//! 日本語: 新しいか、いつもどおりか。そして、操作した人をどう止めるか。
//!
//! The steps are ours alone; no stranger's text is in them, so they have full stops inside.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::facts::{Before, Here, Kind, SignedInFrom, ToStop, UsualFrom, Whose};
use crate::notice::{Does, Of};

/// `alice: この IP アドレスからは、このログの 90 日間で初めてです（いつもは Osaka VPN から）`
pub(super) fn before(it: &Before<'_>, local: Option<&TimeZone>) -> String {
    // With a blank after a name, so that the particle is no part of it.
    let (whose, gap) = (whose(&it.whose), if matches!(it.whose, Whose::Root(_)) { "" } else { " " });
    let act = match it.kind {
        Kind::SignIn => "サインイン",
        Kind::RoleSwitch => "ロールの切り替え",
        Kind::Alike => "同じ種類の呼び出し",
        Kind::Any => "操作",
    };
    let here = match it.here {
        Here::Unknown => None,
        Here::FirstOfAll => return format!("{whose}{gap}の{act}は、このログの {} 日間で初めてです", it.days),
        Here::First => Some(format!("この IP アドレスからは、このログの {} 日間で初めてです", it.days)),
        Here::Before(last) => Some(format!("この IP アドレスからは以前にもあり、前回は {} です", date(last, local))),
    };
    let usual = it.usual.as_ref().map(|usual| match usual {
        UsualFrom::Here => "いつもどおりの送信元".to_owned(),
        UsualFrom::Network(name) => format!("いつもは {name} から"),
        UsualFrom::Address(address) => format!("いつもは {address} から"),
    });
    let since = it.since.map(|since| format!("{whose}{gap}の{act}は {} 以来で", date(since, local)));
    match (since, here, usual) {
        (Some(since), Some(here), Some(usual)) => format!("{since}、{here}（{usual}）"),
        (Some(since), Some(here), None) => format!("{since}、{here}"),
        (Some(since), None, Some(usual)) => format!("{since}す（{usual}）"),
        (Some(since), None, None) => format!("{since}す"),
        (None, Some(here), Some(usual)) => format!("{whose}: {here}（{usual}）"),
        (None, Some(here), None) => format!("{whose}: {here}"),
        (None, None, usual) => format!("{whose}: {}です", usual.unwrap_or_default()),
    }
}

fn whose(it: &Whose<'_>) -> String {
    match it {
        Whose::Person(name) => name.to_string(),
        Whose::Role(name) => format!("ロール {name}"),
        Whose::Root(account) => format!("アカウント {account} のルートユーザー"),
    }
}

/// `203.0.113.5 からは、以前 alice がサインインしています（前回は 2026年11月20日、ほかに 2 人）`
pub(super) fn signed_in_from(it: &SignedInFrom<'_>, local: Option<&TimeZone>) -> String {
    let address = &it.address;
    let Some((who, last)) = &it.last else {
        return format!("{address} からは、このログの {} 日間に誰もサインインしていません", it.days);
    };
    let gap = if matches!(who, Whose::Root(_)) { "" } else { " " };
    let (who, last) = (whose(who), date(*last, local));
    let others = if it.others > 0 { format!("、ほかに {} 人", it.others) } else { String::new() };
    format!("{address} からは、以前 {who}{gap}がサインインしています（前回は {last}{others}）")
}

fn date(at: Timestamp, local: Option<&TimeZone>) -> String {
    at.to_zoned_datetime(local.cloned().unwrap_or(TimeZone::UTC)).strftime("%Y年%m月%d日").to_string()
}

pub(super) fn to_stop(it: &ToStop<'_>) -> String {
    let ToStop { of, name, account } = it;
    match of {
        Of::User => format!("IAM ユーザー {name}（コマンドは bash 用、アカウント {account} で実行）"),
        Of::Root => format!("アカウント {account} のルートユーザー"),
        Of::Role => format!("ロール {name}（コマンドは bash 用、アカウント {account} で実行）"),
        Of::Person => format!("IAM Identity Center のユーザー {name}（アカウント {account} で操作しました）"),
        Of::Federator => {
            format!("セッションを発行した IAM ユーザー {name}（コマンドは bash 用、アカウント {account} で実行）")
        }
        Of::Unfit => {
            let gap = if name.ends_with(']') { " " } else { "" };
            format!("アカウント {account} の {name}{gap}（AWS で有効な名前が記録にないため、コマンドはありません）")
        }
    }
}

pub(super) fn step(it: Does) -> &'static str {
    match it {
        Does::DeactivateKey => {
            "使用されたアクセスキーを無効にします（再び有効にするまで、このキーを使用するものはすべて動作しなくなります）"
        }
        Does::DeletePassword => {
            "パスワードを削除します（新しいパスワードを設定するまで、ユーザーはコンソールにサインインできません。継続中のセッションは終了しません）"
        }
        Does::RequireNewPassword => {
            "または、次回のサインイン時にパスワードの変更を求めます（現在のパスワードを知る人なら誰でも変更できるため、漏えいの疑いがある場合は使用しないでください）"
        }
        Does::EndUserSessions => {
            "コンソールと一時的な認証情報の、現在のセッションを終了します（ユーザーは再度サインインする必要があります。アクセスキーは引き続き使用できます。ポリシーは削除するまで残ります）"
        }
        Does::EndRoleSessions => {
            "このロールの、これまでに始まったセッションをすべて終了します（このロールを使用するすべての人とプログラムは、ロールを引き受け直すまで操作できません。ポリシーは削除するまで残ります）"
        }
        Does::EndGivenSessions => {
            "このユーザーがこれまでに発行または開始したセッションを終了します（利用者には新しいセッションが必要になります。アクセスキーは引き続き使用できます。ポリシーは削除するまで残ります）"
        }
        Does::EndPersonSessions => {
            "IAM Identity Center のコンソールで、ユーザーの割り当てとグループを外し、アクティブなセッションを削除してから、ユーザーアクセスを無効にします（元に戻すまで、ユーザーはどこにもサインインできません。アカウント内のセッションは有効期限まで継続します）"
        }
        Does::FindPerson => {
            "それらのセッションも終了するには、サービスコントロールポリシーで、identitystore:UserId が一致し aws:TokenIssueTime が現在より前の操作をすべて拒否します（このコマンドはユーザー ID を表示するだけで、何も変更しません。bash 用で、IAM Identity Center のアカウントとリージョンで実行します）"
        }
        Does::SecureRoot => {
            "パスワードと MFA デバイスを変更できるのはルートユーザーだけです（ルートユーザーとしてサインインし、パスワードを変更し、アクセスキーを削除し、MFA デバイスを確認してください。ルートユーザーのキーを使用するプログラムは動作しなくなります）"
        }
        Does::RemoveRootCredentials => {
            "または、ルートアクセスを一元管理している場合は、認証情報を取り除きます（bash 用です。管理アカウントで実行すると 15 分間有効な認証情報が得られ、それを使用して、ルートユーザーに対して aws iam delete-login-profile と delete-access-key を実行します。パスワードを回復するまで、誰もルートユーザーとしてサインインできません。管理アカウント自体には使用できません）"
        }
    }
}

pub(super) fn stops_left_out(count: u64) -> String {
    format!("ほかの {count} 件の停止方法は、通知に収まらないため記載していません")
}
