//! One connection to the sound server: streams of ours that go turn by turn, linked port by port to nodes of others, and nothing left
//! behind at its end. Counts nothing and knows no sound.

mod book;
mod strand;

use book::Book;
use nix::errno::Errno;
use pipewire::context::ContextRc;
use pipewire::core::{CoreRc, PW_ID_CORE};
use pipewire::link::Link;
use pipewire::main_loop::MainLoopRc;
use pipewire::properties::properties;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Which way the sound goes in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It takes what others play.
    Hears,
    /// It plays.
    Plays,
}

/// One turn of the server, as one stream has it.
#[derive(Debug)]
pub struct Turn<'a> {
    /// When the turn began, in nanoseconds. The same in all streams of one connection that have the same turn.
    pub now: i64,
    /// How many samples came before it in the clock of the stream; goes on where turns are missed.
    pub place: u64,
    /// By channel: what was heard, or silence to be filled with what is played.
    pub samples: &'a mut [Vec<f32>],
}

/// What a stream does in each turn. Runs on the server's clock: must not wait.
pub type Takt = Box<dyn FnMut(Turn<'_>) + Send>;

/// A stream of ours.
pub struct Strand {
    /// Its node's name; no other has it at the same time.
    pub name: String,
    /// Hears or plays.
    pub way: Way,
    /// How many channels, 64 at most.
    pub channels: usize,
    /// What it does in each turn.
    pub takt: Takt,
}

/// Which ports of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// Its first one.
    First,
    /// All that it has.
    All,
}

/// A channel of ours that is linked to a node of another.
#[derive(Debug, Clone)]
pub struct Tie {
    /// The stream, by its place in the list.
    pub strand: usize,
    /// Its channel.
    pub channel: usize,
    /// The other node's name.
    pub node: String,
    /// Which of its ports: those that play for a stream that hears, and the other way round.
    pub ports: Ports,
}

/// Where to, and how long things may take.
#[derive(Debug, Clone)]
pub struct Line {
    /// The server's socket; `None` for that of this machine's user.
    pub socket: Option<PathBuf>,
    /// Samples a second.
    pub rate: u32,
    /// The latency that is asked for, in samples; the server may have its own.
    pub latency: u32,
    /// How long the others' nodes are waited for.
    pub nodes: Duration,
    /// How long the server may take for ports and links.
    pub links: Duration,
}

/// Why there is no connection, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// No server answers.
    #[error("the sound server does not answer")]
    NoServer(#[source] pipewire::Error),
    /// It was there and went.
    #[error("the sound server went away")]
    Gone,
    /// It has no such node.
    #[error("the sound server has no node \"{node}\"")]
    NoNode {
        /// The tie that wanted it, by its place in the list.
        tie: usize,
        /// As it was asked for.
        node: String,
    },
    /// It was too slow.
    #[error("the sound server made no ports and links in time")]
    Overdue,
    /// It refused something.
    #[error("the sound server refused a stream or a link")]
    Refused(#[source] pipewire::Error),
}

/// Whether it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It does.
    On,
    /// It ends.
    End,
}

/// How often it is looked whether it shall end.
const LOOK: Duration = Duration::from_millis(5);

/// Holds the connection on this thread until `watch`, which is asked every few milliseconds once all ties stand, ends it; before that,
/// `given_up` may end it. Streams and links end with it.
///
/// # Errors
/// When there is no server or node in time, or the server goes.
pub fn hold(
    line: &Line,
    strands: Vec<Strand>,
    ties: &[Tie],
    (given_up, watch): (impl Fn() -> bool + 'static, impl FnMut() -> Next + 'static),
) -> Result<(), LineError> {
    pipewire::init();
    let main = MainLoopRc::new(None).map_err(LineError::NoServer)?;
    let context = context(&main).map_err(LineError::NoServer)?;
    let remote = line.socket.as_deref().map(remote);
    let core = context.connect_rc(remote).map_err(LineError::NoServer)?;
    let registry = core.get_registry_rc().map_err(LineError::NoServer)?;
    let book = Rc::new(RefCell::new(Book::default()));
    let _globals = book::listen(&registry, &book);
    let first = core.sync(0).map_err(LineError::NoServer)?;
    let (on_done, on_error) = (book.clone(), book.clone());
    let _answers = core
        .add_listener_local()
        .done(move |id, seq| {
            if id == PW_ID_CORE && seq == first {
                on_done.borrow_mut().whole = true;
            }
        })
        .error(move |id, _, code, _| {
            // What is refused of an object that just went is said of the core, too.
            if id == PW_ID_CORE && code == -(Errno::EPIPE as i32) {
                on_error.borrow_mut().lost = true;
            }
        })
        .register();
    let streams = strands
        .into_iter()
        .map(|strand| strand::Running::begin(&core, line, strand))
        .collect::<Result<Vec<_>, _>>()
        .map_err(LineError::Refused)?;
    let hand = RefCell::new(Hand {
        core: core.clone(),
        book,
        nodes: streams.iter().map(strand::Running::node).collect(),
        ways: streams.iter().map(strand::Running::way).collect(),
        ties: ties.to_vec(),
        until: Instant::now() + line.nodes,
        links: line.links,
        asked: Vec::new(),
        stage: Stage::Nodes,
        given_up: Box::new(given_up),
        watch: Box::new(watch),
        all: streams,
    });
    let ended = Rc::new(RefCell::new(Ok(())));
    let timer = main.loop_().add_timer({
        let (main, ended) = (main.clone(), ended.clone());
        move |_| match hand.borrow_mut().step() {
            Ok(Next::On) => {}
            Ok(Next::End) => main.quit(),
            Err(error) => {
                *ended.borrow_mut() = Err(error);
                main.quit();
            }
        }
    });
    timer.update_timer(Some(Duration::from_millis(1)), Some(LOOK));
    main.run();
    drop(timer);
    ended.replace(Ok(()))
}

/// With the priority of sound where the system gives it: then nothing makes a turn late but other sound.
fn context(main: &MainLoopRc) -> Result<ContextRc, pipewire::Error> {
    let file = properties! { "config.name" => "client-rt.conf" };
    // Newer servers have all of it in their common file.
    ContextRc::new(main, Some(file)).or_else(|_| ContextRc::new(main, None))
}

fn remote(socket: &Path) -> pipewire::properties::PropertiesBox {
    properties! { "remote.name" => socket.to_string_lossy().into_owned() }
}

enum Stage {
    Nodes,
    Links,
    Stands,
}

/// What brings the connection from nothing to all its ties.
struct Hand {
    core: CoreRc,
    book: Rc<RefCell<Book>>,
    nodes: Vec<u32>,
    ways: Vec<Way>,
    ties: Vec<Tie>,
    until: Instant,
    links: Duration,
    /// A link lasts as long as what asked for it.
    asked: Vec<((u32, u32), Link)>,
    stage: Stage,
    given_up: Box<dyn Fn() -> bool>,
    watch: Box<dyn FnMut() -> Next>,
    all: Vec<strand::Running>,
}

impl Hand {
    fn step(&mut self) -> Result<Next, LineError> {
        if self.book.borrow().lost {
            return Err(LineError::Gone);
        }
        if (self.given_up)() {
            return Ok(Next::End);
        }
        match self.stage {
            Stage::Nodes => {
                let missing = self.missing();
                match missing {
                    None => {
                        self.stage = Stage::Links;
                        self.until = Instant::now() + self.links;
                    }
                    Some(tie) if self.book.borrow().whole && Instant::now() >= self.until => {
                        let node = self.ties[tie].node.clone();
                        return Err(LineError::NoNode { tie, node });
                    }
                    Some(_) => {}
                }
                Ok(Next::On)
            }
            Stage::Links => {
                for (n, running) in self.all.iter().enumerate() {
                    self.nodes[n] = running.node();
                }
                if self.tied()? {
                    self.stage = Stage::Stands;
                } else if Instant::now() >= self.until {
                    return Err(LineError::Overdue);
                }
                Ok(Next::On)
            }
            Stage::Stands => Ok((self.watch)()),
        }
    }

    fn missing(&self) -> Option<usize> {
        let book = self.book.borrow();
        self.ties
            .iter()
            .position(|tie| book.node(&tie.node).is_none())
    }

    /// Asks for what is missing of the links; whether all stand.
    fn tied(&mut self) -> Result<bool, LineError> {
        let book = self.book.borrow();
        let mut all = true;
        for tie in &self.ties {
            let Some(pairs) = self.pairs(&book, tie) else {
                all = false;
                continue;
            };
            for pair in pairs {
                if book.links.contains(&pair) {
                    continue;
                }
                all = false;
                if self.asked.iter().all(|(asked, _)| *asked != pair) {
                    let wish = properties! {
                        "link.output.port" => pair.0.to_string(),
                        "link.input.port" => pair.1.to_string()
                    };
                    let made = self.core.create_object::<Link>("link-factory", &wish);
                    self.asked.push((pair, made.map_err(LineError::Refused)?));
                }
            }
        }
        Ok(all)
    }

    /// The ports that a tie links, from the one that plays to the one that hears.
    fn pairs(&self, book: &Book, tie: &Tie) -> Option<Vec<(u32, u32)>> {
        let hears = self.ways[tie.strand] == Way::Hears;
        let theirs = book.ports(book.node(&tie.node)?, hears);
        let ours = book.ports(self.nodes[tie.strand], !hears);
        let our = *ours.get(tie.channel)?;
        let theirs = match tie.ports {
            Ports::First => theirs.get(..1)?,
            Ports::All => &theirs[..],
        };
        if theirs.is_empty() {
            return None;
        }
        let pair = |their: &u32| if hears { (*their, our) } else { (our, *their) };
        Some(theirs.iter().map(pair).collect())
    }
}
