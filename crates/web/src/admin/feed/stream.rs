//! The same as a stream of server-sent events: `id` is the cursor, `event` the type, `data` the event as a page has it. The
//! next page is read when the last one is on its way, so who reads slowly fills nobody's memory.

use std::{convert::Infallible, time::Duration};

use access::{Permission, Subject};
use axum::response::{Response, sse::Event};
use futures::{Stream, StreamExt as _, stream};
use outbox::{Cursor, News, Page, Recorded};
use serde_json::json;
use tokio::time::Instant;

use super::{
    Feed,
    problem::{self, Problem},
    told,
};
use crate::admin::{auth::Pass, programs};

/// When nobody says that there is something new.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// So often it is written down how far the reader is, and that it reads.
const LEAVE_EVERY: Duration = Duration::from_secs(10);
/// A reader whose stream breaks off comes back after this time.
const RETRY: Duration = Duration::from_secs(2);
const PAGE: i64 = 100;

/// Tells of this page and of all that comes, until the server stops or the pass is of no use any more.
pub fn answer(feed: Feed, pass: Pass, subject: Subject, page: Page) -> Response {
    let over = pass.over(feed.state.clone(), |viewer| {
        viewer.may(Permission::EventsRead)
    });
    // Says at once that the stream is open.
    let open = stream::once(async { Event::default().comment("open").retry(RETRY) });
    let events = open
        .chain(events(feed, subject, page))
        .map(Ok::<_, Infallible>)
        .take_until(Box::pin(over));
    programs::stream(events)
}

fn events(feed: Feed, subject: Subject, first: Page) -> impl Stream<Item = Event> {
    let reading = Reading {
        reader: subject.as_text(),
        feed,
        subject,
        news: None,
        sent: first.next,
        dealt_with: None,
        left: Instant::now(),
        is_over: false,
    };
    let first = stream::iter(first.events).map(|event| sse(&event));
    let rest = stream::unfold(reading, |mut reading| async move {
        let events = reading.next().await?;
        Some((stream::iter(events), reading))
    });
    first.chain(rest.flatten())
}

fn sse(event: &Recorded) -> Event {
    let kind = event.event.kind().unwrap_or("message");
    Event::default()
        .id(Cursor::from(event).to_string())
        .event(kind)
        .data(told(event).to_string())
}

/// One who reads a stream.
struct Reading {
    feed: Feed,
    subject: Subject,
    /// As the audit log names the subject.
    reader: String,
    /// Made while there is nothing to read.
    news: Option<News>,
    /// Up to where it was sent.
    sent: Cursor,
    /// Up to where it was sent when that was last written down: by now it has got so far, or come back.
    dealt_with: Option<Cursor>,
    left: Instant,
    is_over: bool,
}

impl Reading {
    /// Some events, once there are any; none when it is over.
    async fn next(&mut self) -> Option<Vec<Event>> {
        if self.is_over {
            return None;
        }
        loop {
            match self.read().await {
                Ok(page) if page.events.is_empty() => self.wait().await,
                Ok(page) => {
                    self.news = None;
                    return Some(page.events.iter().map(sse).collect());
                }
                Err(problem) => {
                    self.is_over = true;
                    return problem.is_gone().then(|| {
                        let data = json!({"status": 410, "detail": problem::GONE});
                        vec![Event::default().event("gone").data(data.to_string())]
                    });
                }
            }
        }
    }

    async fn read(&mut self) -> Result<Page, Problem> {
        if self.left.elapsed() >= LEAVE_EVERY {
            self.left = Instant::now();
            self.feed.write_down(&self.subject).await?;
            if let Some(cursor) = self.dealt_with.replace(self.sent) {
                self.feed.has_read(&self.reader, cursor).await?;
            }
        }
        let page = self.feed.read(Some(self.sent), PAGE).await?;
        self.sent = page.next;
        Ok(page)
    }

    /// Until there may be something to read. The first time it only begins to listen: something may have come before.
    async fn wait(&mut self) {
        let Some(news) = &mut self.news else {
            self.news = Some(self.feed.state.outbox.news());
            return;
        };
        // It may also have come unsaid, or too late to be said.
        let _ = tokio::time::timeout(LOOK_EVERY, news.some()).await;
    }
}
