//! Stories of one file share one running Usher, and each is a test with a name of its own.

use std::{future::Future, pin::Pin, process::ExitCode, sync::Arc};

use anyhow::{Result, anyhow};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Mutex,
};

use crate::Usher;

type Telling = Box<dyn FnOnce(Arc<Usher>) -> Pin<Box<dyn Future<Output = Result<()>>>> + Send>;

/// A named test on a running Usher.
pub struct Story {
    name: &'static str,
    tell: Telling,
}

impl Story {
    /// A story told by an async function.
    pub fn new<F, Fut>(name: &'static str, tell: F) -> Self
    where
        F: FnOnce(Arc<Usher>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<()>> + 'static,
    {
        Self {
            name,
            tell: Box::new(move |usher| Box::pin(tell(usher))),
        }
    }
}

/// What starts when the first story needs it, and is stopped after the last.
struct Shared {
    name: &'static str,
    usher: Mutex<Option<Result<Arc<Usher>, String>>>,
    runtime: Runtime,
}

impl Shared {
    async fn usher(&self) -> Result<Arc<Usher>> {
        let mut usher = self.usher.lock().await;
        if usher.is_none() {
            *usher = Some(
                Usher::start(self.name)
                    .await
                    .map(Arc::new)
                    .map_err(|error| format!("{error:#}")),
            );
        }
        match usher.as_ref() {
            Some(Ok(usher)) => Ok(Arc::clone(usher)),
            Some(Err(words)) => Err(anyhow!("{words}")),
            None => Err(anyhow!("usher was just started")),
        }
    }
}

/// The `main` of a file of stories that share one Usher; at the end it has to stop cleanly.
#[must_use]
pub fn tell(name: &'static str, stories: Vec<Story>) -> ExitCode {
    tell_with(name, stories, &Arguments::from_args())
}

/// The same for stories that would be in each other's way.
#[must_use]
pub fn tell_in_turn(name: &'static str, stories: Vec<Story>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    tell_with(name, stories, &arguments)
}

fn tell_with(name: &'static str, stories: Vec<Story>, arguments: &Arguments) -> ExitCode {
    let runtime = match Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow!(error)),
    };
    let shared = Arc::new(Shared {
        name,
        usher: Mutex::new(None),
        runtime,
    });
    let trials = stories
        .into_iter()
        .map(|story| {
            let shared = Arc::clone(&shared);
            Trial::test(story.name, move || {
                shared
                    .runtime
                    .block_on(async { (story.tell)(shared.usher().await?).await })
                    .map_err(|error| Failed::from(in_words(&error)))
            })
        })
        .collect();
    let conclusion = libtest_mimic::run(arguments, trials);
    let stopped = shared.runtime.block_on(async {
        match shared.usher.lock().await.take() {
            Some(Ok(usher)) => match Arc::into_inner(usher) {
                Some(mut usher) => usher.stop().await,
                None => Err(anyhow!("a story still holds its Usher")),
            },
            _ => Ok(()),
        }
    });
    if let Err(error) = stopped {
        return failed(&error.context("the end of the file"));
    }
    conclusion.exit_code()
}

/// A test that starts its Ushers itself.
pub fn alone<F, Fut>(name: &'static str, story: F) -> Trial
where
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = Result<()>>,
{
    Trial::test(name, move || {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        runtime
            .block_on(story())
            .map_err(|error| Failed::from(in_words(&error)))
    })
}

/// The `main` of a file of such tests.
#[must_use]
pub fn tell_alone(trials: Vec<Trial>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each has a server and a PostgreSQL of its own: one after the other on two cores.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("{}", in_words(error));
    ExitCode::FAILURE
}

/// An error and its causes, a line each; where in our code it arose says the story's name well enough.
fn in_words(error: &anyhow::Error) -> String {
    error
        .chain()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n  because ")
}
