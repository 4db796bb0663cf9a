//! Commissioning at a page: its listener, what a phone sees through a camera, and the invitation on the room's display. Asks and
//! proves nothing itself.

use super::ask::NotTaken;
use super::sounds::OnCards;
use super::{Place, keep, pictures};
use crate::client::Client;
use anyhow::{Context, Result};
use commission::facts::Facts;
use commission::{Choice, Interview, Question, Topic};
use commission_page::desk::{Said, Stop};
use commission_page::{Desk, Eyes, Setting, serve};
use drv_camera::Kernel;
use drv_display::DisplayModel;
use practice::OwnNames;
use practice::tls::own_certificate;
use room_api::{InvitationAnswer, InvitationRequest, Private};
use std::io::IsTerminal;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Pictures for pointing at a camera are so wide.
const WIDE: u32 = 640;
/// The display forgets an invitation after some seconds, so that none outlives its page.
const INVITE_EACH: Duration = Duration::from_secs(2);
/// The last screen of a run that failed is there so long for a page to fetch.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// A page that is served until this is dropped.
#[derive(Debug)]
pub struct OnPage {
    desk: Desk,
    pointing: Arc<Pointing>,
    stop: CancellationToken,
    threads: Vec<JoinHandle<()>>,
    pairings: std::path::PathBuf,
}

impl OnPage {
    /// Opens the page at this address, and shows on the room's display how a phone comes there.
    ///
    /// # Errors
    /// When the address is taken, or the certificate cannot be kept.
    pub fn open(at: SocketAddr, place: &Place, client: &Client) -> Result<OnPage> {
        let names = OwnNames::read();
        let pairings = place.state.join("pairings.json");
        let desk = Desk::new(Some(pairings.clone()));
        let listener = TcpListener::bind(at)
            .with_context(|| format!("cannot listen on {at}; name another address with --page"))?;
        let port = listener.local_addr()?.port();
        desk.knows(models(place));
        let pointing = Arc::new(Pointing::default());
        let setting = Setting {
            desk: desk.clone(),
            eyes: Arc::new(Cameras(Arc::clone(&pointing))),
            ears: Arc::new(OnCards(Arc::clone(&pointing))),
            listener,
            tls: certificate(place, &names)?,
            names: names.all(),
        };
        let url = names.url("https", port);
        eprintln!("the page for a phone or tablet in the room: {url}");
        let stop = CancellationToken::new();
        let threads = vec![
            thread("page", {
                let stop = stop.clone();
                move || served(setting, stop)
            })?,
            thread("invitation", {
                let (desk, client, stop) = (desk.clone(), client.clone(), stop.clone());
                move || invite(&desk, &client, &url, &stop)
            })?,
        ];
        Ok(OnPage {
            desk,
            pointing,
            stop,
            threads,
            pairings,
        })
    }

    /// What lies between this run and the pages.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Asks; while a device is asked for, pages see through all cameras, hear all loudspeakers, or hear with all microphones.
    pub fn ask(&self, question: &Question, before: NotTaken) -> Said {
        self.pointing.held().asked = Some(question.topic.clone());
        let said = self.desk.ask(question, before);
        // A camera gives its picture to one program at a time, and so does a card; whoever has it has finished when this returns.
        self.pointing.held().asked = None;
        said
    }

    /// Takes over what the interview knows now.
    pub fn follow(&self, interview: &Interview) {
        self.desk.follow(interview);
        let mut held = self.pointing.held();
        held.facts.clone_from(&interview.state().facts);
    }

    /// Says to the pages that the run ends, and why.
    pub fn stopped(&self, error: &anyhow::Error) {
        let stop = error.downcast_ref().copied().unwrap_or(Stop::Other);
        self.desk.show(commission_page::Screen::Stopped {
            stop,
            why: format!("{error:#}"),
        });
        std::thread::sleep(LAST_WORDS);
    }

    /// The run is finished; devices that were paired for it are forgotten.
    pub fn forget(&self) {
        // A file that is not there is what is wanted.
        let _ = std::fs::remove_file(&self.pairings);
    }
}

impl Drop for OnPage {
    fn drop(&mut self) {
        self.stop.cancel();
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            if thread.join().is_err() {
                eprintln!("roomctl: a bug: the page's thread panicked");
            }
        }
    }
}

/// Displays that may be spoken to over the network; a file that is no model is said elsewhere.
fn models(place: &Place) -> Vec<Choice> {
    let known = place.files().display_models().unwrap_or_default();
    let by_network = known.into_iter().filter(|(_, model)| model.tcp != 0);
    let choice = |(word, model): (String, DisplayModel)| Choice {
        word,
        label: model.title,
    };
    by_network.map(choice).collect()
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(work).context("cannot start a thread")
}

/// The run itself blocks on cameras, lines and people; pages are answered meanwhile by a thread of their own.
fn served(setting: Setting, stop: CancellationToken) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(2)
        .build();
    let ended = runtime
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(serve(setting, stop)));
    if let Err(error) = ended {
        eprintln!("roomctl: {:#}", anyhow::Error::from(error));
    }
}

/// The room's own certificate, beside the daemon's memory: what a phone was told to trust here is what the room's pages show
/// later. It belongs to whoever owns the folder.
fn certificate(place: &Place, names: &OwnNames) -> Result<http_listen::Tls> {
    let state = std::path::absolute(&place.state)?;
    let folder = state.parent().unwrap_or(Path::new("/"));
    let all = names.all();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let own = own_certificate(folder, &all).context("cannot make the page's certificate")?;
    keep::give_to_owner(folder, &folder.join(practice::tls::FILE));
    Ok(own.listener_config())
}

/// Has the room's display show where the page is, again and again; at a terminal it stands there when there is no such display.
fn invite(desk: &Desk, client: &Client, url: &str, stop: &CancellationToken) {
    let mut printed = None;
    while !stop.is_cancelled() {
        let code = desk.code();
        let request = InvitationRequest {
            url: url.to_owned(),
            code: code.clone().map(Private::new),
        };
        let shown: Result<InvitationAnswer> = client.post("/api/v1/setup", &request);
        let shown = shown.is_ok_and(|answer| answer.shown);
        // Whoever reads a log is not in the room.
        if !shown && printed != code && std::io::stderr().is_terminal() {
            if let Some(code) = &code {
                eprintln!("no display of this room shows the code; it is {code}");
            }
            printed = code;
        }
        std::thread::park_timeout(INVITE_EACH);
    }
}

/// Devices that a person may point at: what is asked for now, one look or sound at a time.
#[derive(Debug, Default)]
pub struct Pointing(Mutex<Asked>);

#[derive(Debug, Default)]
struct Asked {
    asked: Option<Topic>,
    facts: Facts,
}

impl Pointing {
    fn held(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries something with what was found, while this is asked for and nothing else is tried.
    pub fn at<T>(&self, topic: &Topic, with: impl FnOnce(&Facts) -> T) -> Option<T> {
        let held = self.held();
        (held.asked.as_ref() == Some(topic)).then(|| with(&held.facts))
    }
}

/// All cameras.
#[derive(Debug)]
struct Cameras(Arc<Pointing>);

impl Eyes for Cameras {
    fn picture(&self, key: &str) -> Option<Vec<u8>> {
        let look = |facts: &Facts| {
            let mut cameras = facts.cameras.iter();
            let found = cameras.find(|found| found.unit.key() == key)?;
            let kernel = Kernel::default();
            let node = pictures::camera_node(&kernel, found)?;
            let frame = pictures::shot(&kernel, &node, WIDE).ok()?;
            frame.colour().ok()?.png().ok()
        };
        self.0.at(&Topic::Front, look).flatten()
    }
}
