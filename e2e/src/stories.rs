//! Stories of one chapter share one running Usher (or whatever else they need), and each is a test with a name of its own:
//! `chapter::story`.

use std::{future::Future, pin::Pin, process::ExitCode, sync::Arc};

use anyhow::{Context as _, Result, anyhow};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Mutex,
};

use crate::Usher;

type Telling<S> = Box<dyn FnOnce(Arc<S>) -> Pin<Box<dyn Future<Output = Result<()>>>> + Send>;
type Close = Pin<Box<dyn Future<Output = Result<()>>>>;
type Staging = Box<dyn FnOnce(&Arc<Runtime>) -> (Vec<Trial>, Close)>;

/// What the stories of a chapter share.
pub trait Scene: Sized + Send + Sync + 'static {
    /// Sets it up; `name` is the chapter's.
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

/// A story that starts its Ushers itself needs no scene.
impl Scene for () {
    async fn open(_: &'static str) -> Result<Self> {
        Ok(())
    }

    async fn close(self) -> Result<()> {
        Ok(())
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

/// A story that starts its Ushers itself.
pub fn alone<F, Fut>(name: &'static str, tell: F) -> Story<()>
where
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = Result<()>> + 'static,
{
    Story::new(name, |_| tell())
}

/// What starts when the first story needs it, and is stopped after the last.
struct Shared<S> {
    name: &'static str,
    scene: Mutex<Option<Result<Arc<S>, String>>>,
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

    async fn close(&self) -> Result<()> {
        match self.scene.lock().await.take() {
            Some(Ok(scene)) => Arc::into_inner(scene)
                .context("a story still holds its scene")?
                .close()
                .await
                .context("the end of the chapter"),
            _ => Ok(()),
        }
    }
}

/// The stories of one file or folder, and how many of them are told at a time.
pub struct Chapter {
    stage: Staging,
    threads: Threads,
}

/// How many stories are told at a time.
#[derive(Clone, Copy)]
enum Threads {
    /// As many as the command line says, or as there are processors.
    AsAsked,
    /// As many as the command line says, or this many.
    OrElse(usize),
    /// One after the other, whatever the command line says.
    One,
}

impl Chapter {
    /// Stories that share one scene, which has to stop cleanly at the end. The chapter is called as its module.
    #[must_use]
    pub fn sharing<S: Scene>(name: &'static str, stories: Vec<Story<S>>) -> Self {
        let stage = move |runtime: &Arc<Runtime>| {
            let shared = Arc::new(Shared {
                name,
                scene: Mutex::new(None),
            });
            let trial = |story: Story<S>| {
                let (shared, runtime) = (Arc::clone(&shared), Arc::clone(runtime));
                Trial::test(format!("{name}::{}", story.name), move || {
                    runtime
                        .block_on(async { (story.tell)(shared.scene().await?).await })
                        .map_err(|error| Failed::from(in_words(&error)))
                })
            };
            let trials = stories.into_iter().map(trial).collect();
            let close: Close = Box::pin(async move { shared.close().await });
            (trials, close)
        };
        Self {
            stage: Box::new(stage),
            threads: Threads::AsAsked,
        }
    }

    /// Stories that start their Ushers themselves: one after the other, for each has a server and a PostgreSQL of its own.
    #[must_use]
    pub fn alone(name: &'static str, stories: Vec<Story<()>>) -> Self {
        Self::sharing(name, stories).in_turn()
    }

    /// The same for stories that mostly wait, or use little of the machine: this many at a time, unless the command line
    /// says another number.
    #[must_use]
    pub fn side_by_side(mut self, at_once: usize) -> Self {
        self.threads = Threads::OrElse(at_once);
        self
    }

    /// The same for stories that would be in each other's way.
    #[must_use]
    pub fn in_turn(mut self) -> Self {
        self.threads = Threads::One;
        self
    }

    /// Tells those stories that the command line asks for, and says whether all went well.
    fn tell(self, arguments: &mut Arguments) -> Result<bool> {
        let threads = arguments.test_threads;
        match self.threads {
            Threads::AsAsked => {}
            Threads::OrElse(at_once) => {
                arguments.test_threads.get_or_insert(at_once);
            }
            Threads::One => arguments.test_threads = Some(1),
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let runtime = Arc::new(runtime);
        let (mut trials, close) = (self.stage)(&runtime);
        trials.retain(|trial| !arguments.is_filtered_out(trial));
        let well = trials.is_empty() || !libtest_mimic::run(arguments, trials).has_failed();
        arguments.test_threads = threads;
        runtime.block_on(close)?;
        Ok(well)
    }
}

/// The `main` of the stories: one chapter after the other, none beside another.
#[must_use]
pub fn tell(chapters: Vec<Chapter>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    let mut failed = 0;
    for chapter in chapters {
        match chapter.tell(&mut arguments) {
            Ok(true) => {}
            Ok(false) => failed += 1,
            Err(error) => {
                eprintln!("{}", in_words(&error));
                failed += 1;
            }
        }
    }
    if failed == 0 {
        return ExitCode::SUCCESS;
    }
    eprintln!("{failed} of the chapters failed");
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
