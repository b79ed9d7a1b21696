//! Stories of one file share one running Usher (or whatever else they need), and each is a test with a name of its own.

use std::{future::Future, pin::Pin, process::ExitCode, sync::Arc};

use anyhow::{Result, anyhow};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Mutex,
};

use crate::Usher;

type Telling<S> = Box<dyn FnOnce(Arc<S>) -> Pin<Box<dyn Future<Output = Result<()>>>> + Send>;

/// What the stories of a file share.
pub trait Scene: Sized + Send + Sync + 'static {
    /// Sets it up; `name` is the file's.
    fn open(name: &'static str) -> impl Future<Output = Result<Self>>;

    /// Ends all of it.
    fn close(self) -> impl Future<Output = Result<()>>;
}

impl Scene for Usher {
    async fn open(name: &'static str) -> Result<Self> {
        Self::start(name).await
    }

    async fn close(mut self) -> Result<()> {
        self.stop().await
    }
}

/// A named test on a running Usher, or on another scene.
pub struct Story<S = Usher> {
    name: &'static str,
    tell: Telling<S>,
}

impl<S> Story<S> {
    /// A story told by an async function.
    pub fn new<F, Fut>(name: &'static str, tell: F) -> Self
    where
        F: FnOnce(Arc<S>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<()>> + 'static,
    {
        Self {
            name,
            tell: Box::new(move |scene| Box::pin(tell(scene))),
        }
    }
}

/// What starts when the first story needs it, and is stopped after the last.
struct Shared<S> {
    name: &'static str,
    scene: Mutex<Option<Result<Arc<S>, String>>>,
    runtime: Runtime,
}

impl<S: Scene> Shared<S> {
    async fn scene(&self) -> Result<Arc<S>> {
        let mut scene = self.scene.lock().await;
        if scene.is_none() {
            *scene = Some(
                S::open(self.name)
                    .await
                    .map(Arc::new)
                    .map_err(|error| format!("{error:#}")),
            );
        }
        match scene.as_ref() {
            Some(Ok(scene)) => Ok(Arc::clone(scene)),
            Some(Err(words)) => Err(anyhow!("{words}")),
            None => Err(anyhow!("the scene was just opened")),
        }
    }
}

/// The `main` of a file of stories that share one scene; at the end it has to stop cleanly.
#[must_use]
pub fn tell<S: Scene>(name: &'static str, stories: Vec<Story<S>>) -> ExitCode {
    tell_with(name, stories, &Arguments::from_args())
}

/// The same for stories that mostly wait, or use little of the machine: so many at a time, unless the command line says
/// another number.
#[must_use]
pub fn tell_side_by_side<S: Scene>(
    name: &'static str,
    at_once: usize,
    stories: Vec<Story<S>>,
) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(at_once);
    tell_with(name, stories, &arguments)
}

/// The same for stories that would be in each other's way.
#[must_use]
pub fn tell_in_turn<S: Scene>(name: &'static str, stories: Vec<Story<S>>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    tell_with(name, stories, &arguments)
}

fn tell_with<S: Scene>(
    name: &'static str,
    stories: Vec<Story<S>>,
    arguments: &Arguments,
) -> ExitCode {
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
        scene: Mutex::new(None),
        runtime,
    });
    let trials = stories
        .into_iter()
        .map(|story| {
            let shared = Arc::clone(&shared);
            Trial::test(story.name, move || {
                shared
                    .runtime
                    .block_on(async { (story.tell)(shared.scene().await?).await })
                    .map_err(|error| Failed::from(in_words(&error)))
            })
        })
        .collect();
    let conclusion = libtest_mimic::run(arguments, trials);
    let stopped = shared.runtime.block_on(async {
        match shared.scene.lock().await.take() {
            Some(Ok(scene)) => match Arc::into_inner(scene) {
                Some(scene) => scene.close().await,
                None => Err(anyhow!("a story still holds its scene")),
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
