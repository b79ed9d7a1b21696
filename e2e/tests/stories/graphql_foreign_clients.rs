//! Subscriptions by clients that aren't ours (`graphql-ws` and `graphql-sse` from npm, in Chromium), on two servers: what is
//! committed through one is heard from the other, over its restart too, and no longer once the token is revoked.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::{
    Bank, Callback, Chapter,
    admin::{NewProspect, Prospect, fresh_email},
    alone,
    bank::TOKEN,
    browser::{Chromium, Tab},
    until,
    wait::LATER,
};
use nix::sys::signal::Signal;

const WS: &str = "graphql-ws-5.16.2/graphql-ws.min.js";
const SSE: &str = "graphql-sse-2.5.4/graphql-sse.min.js";

pub fn chapter() -> Chapter {
    Chapter::alone(
        "graphql_foreign_clients",
        vec![alone(
            "subscriptions_of_foreign_clients_survive_a_restart_and_end_with_the_permission",
            foreign,
        )],
    )
}

async fn foreign() -> Result<()> {
    let mut bank = Bank::open("graphql-foreign", 2).await?;
    let prospect = bank
        .admin(1)?
        .create(&NewProspect::individual(&fresh_email("foreign")))
        .await?;
    let chromium = Chromium::start().await?;
    let tab = chromium
        .tab(&format!("{}/login", bank.servers[0].admin_url()))
        .await?;
    if !tab.load(WS).await? || !tab.load(SSE).await? {
        return chromium.close().await;
    }
    let listening = format!(
        "(() => {{
            const headers = {{Authorization: 'Bearer {TOKEN}'}};
            const again = {{retryAttempts: 200, retryWait: () => new Promise(done => setTimeout(done, 200)), shouldRetry: () => true}};
            const clients = {{
                ws: graphqlWs.createClient({{url: location.origin.replace('http', 'ws') + '/graphql/ws', connectionParams: headers, ...again}}),
                sse: graphqlSse.createClient({{url: location.origin + '/graphql/stream', headers, ...again}}),
            }};
            window.heard = {{ws: [], sse: []}};
            window.over = {{ws: null, sse: null}};
            for (const way of ['ws', 'sse']) {{
                clients[way].subscribe({{
                    query: 'subscription ($id: UUID!) {{ prospectUpdated(prospectId: $id) {{ prospect {{ stage kycStatus }} }} }}',
                    variables: {{id: '{}'}},
                }}, {{
                    next: result => heard[way].push(result.errors ? 'error ' + result.errors[0].extensions.code : result.data.prospectUpdated.prospect.stage),
                    error: error => over[way] = 'error ' + JSON.stringify(error),
                    complete: () => over[way] = 'complete',
                }});
            }}
            return true;
        }})()",
        prospect.id
    );
    ensure!(tab.evaluate::<bool>(&listening).await?, "not listening");
    // As it stands, at once.
    heard(&tab, "NEW").await?;

    // What the other server commits.
    let start = Instant::now();
    bank.sumsub(1)?
        .deliver(&Callback::created(prospect.id))
        .await?;
    heard(&tab, "KYC_STARTED").await?;
    println!("heard from the other server after {:?}", start.elapsed());

    // What happens while the server is down is told when it is back.
    bank.servers[0].end(Signal::SIGKILL).await?;
    bank.sumsub(1)?
        .deliver(&Callback::pending(prospect.id))
        .await?;
    stage_is(&bank, &prospect, "kyc_pending").await?;
    bank.start(0).await?;
    heard(&tab, "KYC_PENDING").await?;
    println!(
        "over the restart: {}",
        tab.evaluate::<serde_json::Value>("heard").await?
    );

    // A clean stop is no end of the subscription either.
    bank.servers[0].end(Signal::SIGTERM).await?;
    bank.start(0).await?;
    bank.sumsub(0)?
        .deliver(&Callback::on_hold(prospect.id))
        .await?;
    heard(&tab, "KYC_ON_HOLD").await?;

    // The token ends, and what comes after is not heard.
    let counts = bank.counts().await?;
    sqlx::query("UPDATE api_tokens SET revoked_at = now()")
        .execute(&counts.pool)
        .await?;
    until("the end of both", Duration::from_secs(30), || async {
        let heard: serde_json::Value = tab.evaluate("heard").await?;
        let over: serde_json::Value = tab.evaluate("over").await?;
        for way in ["ws", "sse"] {
            let refused = heard[way].to_string().contains("error UNAUTHENTICATED");
            ensure!(refused || over[way].is_string(), "{heard} {over}");
        }
        Ok(())
    })
    .await?;
    println!(
        "after the token was revoked: {} {}",
        tab.evaluate::<serde_json::Value>("heard").await?,
        tab.evaluate::<serde_json::Value>("over").await?
    );
    bank.sumsub(0)?
        .deliver(&Callback::green(prospect.id))
        .await?;
    stage_is(&bank, &prospect, "converted").await?;
    let heard: serde_json::Value = tab.evaluate("heard").await?;
    ensure!(!heard.to_string().contains("CONVERTED"), "{heard}");
    chromium.close().await
}

/// Both clients, last of all.
async fn heard(tab: &Tab, stage: &str) -> Result<()> {
    until(&format!("{stage} heard by both"), LATER, || async {
        let heard: serde_json::Value = tab.evaluate("heard").await?;
        for way in ["ws", "sse"] {
            let last = heard[way].as_array().and_then(|all| all.last());
            let over: serde_json::Value = tab.evaluate("over").await?;
            ensure!(last.is_some_and(|last| last == stage), "{heard} {over}");
        }
        Ok(())
    })
    .await
}

async fn stage_is(bank: &Bank, prospect: &Prospect, stage: &str) -> Result<()> {
    let counts = bank.counts().await?;
    until("the stage", LATER, || async {
        let found: String = sqlx::query_scalar("SELECT stage FROM prospects WHERE id = $1")
            .bind(prospect.id)
            .fetch_one(&counts.pool)
            .await?;
        ensure!(found == stage, "{found}");
        Ok(())
    })
    .await
}
