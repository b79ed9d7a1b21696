//! The same callbacks in any order, owners and missing fields included: nobody is Verified while the newest well-formed
//! RED stands, and every bad news is applied, or raised at each record that it names.

use std::collections::BTreeSet;

use crate::common::{Log, callback, officer};
use customer::{ProspectInput, primitives::ProspectId};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestCaseResult, TestRunner},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Whom something is said of. Two of them are companies; the others have no record here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Person,
    Company,
    OtherCompany,
    Owner,
    /// A company that is an owner of `Company`.
    Between,
}

const RECORDS: [Who; 3] = [Who::Person, Who::Company, Who::OtherCompany];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Created,
    Pending,
    OnHold,
    Green,
    Red,
    Deactivated,
    LevelChanged,
    /// A RED of a type that we don't know.
    RedOtherwise,
    RedWithoutType,
}

impl What {
    fn is_bad(self) -> bool {
        !matches!(self, What::Created | What::Pending | What::Green)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    NoName,
    JunkName,
    NoApplicant,
    NoTime,
    WrongLevel,
}

#[derive(Debug, Clone)]
struct News {
    who: Who,
    what: What,
    second: u32,
    flaw: Flaw,
    /// To whom it says that they belong.
    member_of: Vec<Who>,
}

fn news() -> impl Strategy<Value = News> {
    let who = select(vec![
        Who::Person,
        Who::Person,
        Who::Company,
        Who::OtherCompany,
        Who::Owner,
        Who::Owner,
        Who::Between,
    ]);
    let what = select(vec![
        What::Created,
        What::Pending,
        What::OnHold,
        What::Green,
        What::Green,
        What::Red,
        What::Red,
        What::Deactivated,
        What::LevelChanged,
        What::RedOtherwise,
        What::RedWithoutType,
    ]);
    let flaw = prop_oneof![
        6 => Just(Flaw::None),
        2 => Just(Flaw::NoName),
        1 => Just(Flaw::JunkName),
        1 => Just(Flaw::NoApplicant),
        1 => Just(Flaw::NoTime),
        1 => Just(Flaw::WrongLevel),
    ];
    (who, what, 1..30_u32, flaw, any::<u8>()).prop_map(|(who, what, second, flaw, says)| {
        let of = |bit: u8, company: Who| (says & bit != 0).then_some(company);
        let member_of = match who {
            Who::Person => [of(1, Who::Company), of(2, Who::OtherCompany)],
            Who::Owner => [of(1, Who::Between), of(2, Who::OtherCompany)],
            Who::Between => [of(1, Who::Company), None],
            Who::Company | Who::OtherCompany => [None, None],
        };
        News {
            who,
            what,
            second,
            flaw,
            member_of: member_of.into_iter().flatten().collect(),
        }
    })
}

/// The records of one case.
struct Case {
    ids: [ProspectId; 3],
}

impl Case {
    async fn open(log: &Log) -> Case {
        let person = log
            .prospect(&format!("{}@example.com", Uuid::now_v7()))
            .await;
        Case {
            ids: [person, company(log).await, company(log).await],
        }
    }

    fn record(&self, who: Who) -> Option<ProspectId> {
        RECORDS
            .iter()
            .position(|record| *record == who)
            .map(|at| self.ids[at])
    }

    fn applicant(&self, who: Who) -> String {
        format!("{who:?}-{}", self.ids[0])
    }

    fn body(&self, at: usize, news: &News) -> Value {
        let kind = match news.what {
            What::Created => "applicantCreated",
            What::Pending => "applicantPending",
            What::OnHold => "applicantOnHold",
            What::Green | What::Red | What::RedWithoutType => "applicantReviewed",
            What::Deactivated => "applicantDeactivated",
            What::LevelChanged => "applicantLevelChanged",
            What::RedOtherwise => "amlCaseClosed",
        };
        let mut body = callback(self.ids[0], kind, news.second);
        body["correlationId"] = json!(format!("req-{at}"));
        body["applicantId"] = json!(self.applicant(news.who));
        let company = !matches!(news.who, Who::Person | Who::Owner);
        body["applicantType"] = json!(if company { "company" } else { "individual" });
        body["levelName"] = json!(if company {
            "basic-kyb-level"
        } else {
            "basic-kyc-level"
        });
        let members: Vec<Value> = news
            .member_of
            .iter()
            .map(|who| json!({"applicantId": self.applicant(*who)}))
            .collect();
        if !members.is_empty() {
            body["applicantMemberOf"] = json!(members);
        }
        match news.what {
            What::Green => body["reviewResult"] = json!({"reviewAnswer": "GREEN"}),
            What::Red | What::RedOtherwise | What::RedWithoutType => {
                body["reviewResult"] = json!({"reviewAnswer": "RED", "reviewRejectType": "RETRY"});
            }
            _ => {}
        }
        if news.what == What::Green {
            body["reviewStatus"] = json!("completed");
        }
        let fields = body.as_object_mut().unwrap();
        match self.record(news.who) {
            Some(id) => fields.insert("externalUserId".to_owned(), json!(id.to_string())),
            None => fields.remove("externalUserId"),
        };
        if news.what == What::RedWithoutType {
            fields.remove("type");
        }
        match news.flaw {
            Flaw::None => {}
            Flaw::NoName => drop(fields.remove("externalUserId")),
            Flaw::JunkName => {
                drop(fields.insert("externalUserId".to_owned(), json!("beneficiary-random-1")))
            }
            Flaw::NoApplicant => drop(fields.remove("applicantId")),
            Flaw::NoTime => drop(fields.remove("createdAtMs")),
            Flaw::WrongLevel => drop(fields.insert("levelName".to_owned(), json!("another-level"))),
        }
        body
    }
}

async fn company(log: &Log) -> ProspectId {
    let input = ProspectInput {
        email: format!("{}@acme.example", Uuid::now_v7()),
        telegram_handle: String::new(),
        customer_type: "private_company".to_owned(),
    };
    let made = log
        .onboarding
        .create_prospect(&officer(), ProspectId::new(), &input)
        .await;
    made.unwrap_or_else(|error| panic!("{error}")).id
}

/// All to whom somebody belongs, by what all of the news say together. What names no applicant says of nobody.
fn belongs_to(who: Who, told: &[News]) -> BTreeSet<Who> {
    let mut found = BTreeSet::new();
    let mut next = vec![who];
    while let Some(one) = next.pop() {
        let says = told
            .iter()
            .filter(|news| news.who == one && news.flaw != Flaw::NoApplicant);
        for company in says.flat_map(|news| &news.member_of) {
            if found.insert(*company) {
                next.push(*company);
            }
        }
    }
    found
}

async fn run(log: &Log, told: &[News], one_by_one: bool) -> TestCaseResult {
    let case = Case::open(log).await;
    // Everybody with a record becomes known at some time, whole: the last three that are told.
    let known = RECORDS.iter().map(|who| News {
        who: *who,
        what: What::Created,
        second: 1,
        flaw: Flaw::None,
        member_of: Vec::new(),
    });
    let told: Vec<News> = told.iter().cloned().chain(known).collect();
    let mut logged = Vec::new();
    for (at, news) in told.iter().enumerate() {
        log.store(&case.body(at, news)).await;
        let id: i64 = sqlx::query_scalar("SELECT max(id) FROM callbacks")
            .fetch_one(&log.pool)
            .await
            .unwrap();
        logged.push(id);
        if one_by_one {
            log.drained().await;
        }
    }
    log.drained().await;
    for who in RECORDS {
        never_verified_against_the_newest_red(log, &case, who, &told).await?;
    }
    for (news, callback) in told.iter().zip(&logged) {
        if news.what.is_bad() {
            heard_or_raised(log, &case, news, *callback, &told, &logged).await?;
        }
    }
    Ok(())
}

async fn never_verified_against_the_newest_red(
    log: &Log,
    case: &Case,
    who: Who,
    told: &[News],
) -> TestCaseResult {
    let newest = |what: What, flaws: &[Flaw]| {
        let of = told
            .iter()
            .filter(|news| news.who == who && news.what == what);
        of.filter(|news| flaws.contains(&news.flaw))
            .map(|news| news.second)
            .max()
    };
    let red = newest(
        What::Red,
        &[Flaw::None, Flaw::NoName, Flaw::JunkName, Flaw::NoApplicant],
    );
    let green = newest(What::Green, &[Flaw::None]);
    let verification: Option<String> =
        sqlx::query_scalar("SELECT verification FROM customers WHERE id = $1")
            .bind(Uuid::from(case.record(who).unwrap()))
            .fetch_optional(&log.pool)
            .await
            .unwrap();
    if verification.as_deref() == Some("verified") {
        prop_assert!(green.is_some(), "{who:?} is verified by nothing");
        // An owner's word never stands for the company: what says that it belongs to another is no company's own.
        prop_assert!(red < green, "{who:?} is verified, its newest answer is RED");
    }
    Ok(())
}

async fn heard_or_raised(
    log: &Log,
    case: &Case,
    news: &News,
    callback: i64,
    told: &[News],
    logged: &[i64],
) -> TestCaseResult {
    let outcome: String = sqlx::query_scalar("SELECT outcome FROM callbacks WHERE id = $1")
        .bind(callback)
        .fetch_one(&log.pool)
        .await
        .unwrap();
    let mut named: BTreeSet<Who> = if news.flaw == Flaw::NoApplicant {
        news.member_of
            .iter()
            .flat_map(|who| belongs_to(*who, told).into_iter().chain([*who]))
            .collect()
    } else {
        belongs_to(news.who, told)
    };
    let applied = outcome == "applied" || outcome == "no_change";
    if !applied && !newer_was_heard(log, news, told, logged).await {
        let by_applicant = news.flaw != Flaw::NoApplicant;
        let by_name = !matches!(news.flaw, Flaw::NoName | Flaw::JunkName);
        if by_applicant || by_name {
            named.insert(news.who);
        }
    }
    for who in named {
        let Some(record) = case.record(who) else {
            continue;
        };
        if who == news.who && applied {
            continue;
        }
        let raised: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM raised WHERE callback_id = $1 AND prospect_id = $2)",
        )
        .bind(callback)
        .bind(Uuid::from(record))
        .fetch_one(&log.pool)
        .await
        .unwrap();
        prop_assert!(raised, "{news:?} ({outcome}) is not raised at {who:?}");
    }
    Ok(())
}

/// The same is on record from something newer: nothing is missed.
async fn newer_was_heard(log: &Log, news: &News, told: &[News], logged: &[i64]) -> bool {
    for (other, callback) in told.iter().zip(logged) {
        if other.who == news.who
            && other.what == news.what
            && (other.second >= news.second || other.flaw == Flaw::NoTime)
        {
            let outcome: String = sqlx::query_scalar("SELECT outcome FROM callbacks WHERE id = $1")
                .bind(callback)
                .fetch_one(&log.pool)
                .await
                .unwrap();
            if outcome == "applied" || outcome == "no_change" {
                return true;
            }
        }
    }
    false
}

#[test]
fn bad_news_is_applied_or_raised_in_any_order() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let log = runtime.block_on(Log::open());
    let cases = std::env::var("USHER_PROPERTY_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(80);
    let mut runner = TestRunner::new(Config {
        cases,
        max_shrink_iters: 150,
        failure_persistence: None,
        ..Config::default()
    });
    let told = (proptest::collection::vec(news(), 1..9), any::<bool>());
    let outcome = runner.run(&told, |(told, one_by_one)| {
        runtime.block_on(run(&log, &told, one_by_one))
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{cases} cases, each in its own order");
}
