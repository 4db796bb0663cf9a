//! A room's browser side at work: keeper, driver, room page, and everything it reported.

use super::{Keeper, within};
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use call_browser::policy::{Table, managed};
use call_browser::{
    AllowList, Allowed, BrowserConfig, BrowserError, CameraChoice, CleaningChoice, Handle, Packs,
    PageSound, Shelf, channel, run,
};
use room_core::effect::{CallCommand, CallRequest};
use room_core::event::{BrowserSeen, CallSeen, Event};
use room_core::ids::{CallId, HostName, Private, ServiceId};
use room_core::meeting::{By, Target};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What the room gives where a mail address is asked for.
pub const MAIL: &str = "raum207@stadt.example";

pub const SOON: Duration = Duration::from_secs(20);

/// Serves pages on a free port of loopback.
pub async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

pub async fn room_page() -> String {
    let page =
        "<!doctype html><title>room</title><body style='background:#123'><h1 id=room>Raum</h1>";
    serve(Router::new().route("/", get(move || async move { Html(page) }))).await + "/"
}

/// A policy under which everything of loopback may be opened and used.
pub fn loopback_policy() -> String {
    let origin = || vec![Allowed::parse("http://127.0.0.1").unwrap()];
    managed(&Table {
        own: origin(),
        services: origin(),
        ..Table::default()
    })
}

pub fn allowed() -> Vec<Allowed> {
    let origins = ["http://127.0.0.1", "https://127.0.0.1"];
    origins.map(|origin| Allowed::parse(origin).unwrap()).into()
}

/// The driver, and what it said so far.
pub struct Rig {
    pub handle: Handle,
    /// Who cleans what pages capture.
    pub cleaning: CleaningChoice,
    pub seen: Vec<Event>,
    /// When each of them was.
    when: Vec<tokio::time::Instant>,
    events: mpsc::Receiver<Event>,
    pub task: JoinHandle<BrowserError>,
}

impl Rig {
    pub async fn start(
        socket: &Path,
        room_page: &str,
        packs: Packs,
        outlines: Option<&Path>,
    ) -> Self {
        Self::start_allowing(socket, room_page, packs, (allowed(), outlines)).await
    }

    /// The same, where calls may lead to these origins.
    pub async fn start_allowing(
        socket: &Path,
        room_page: &str,
        packs: Packs,
        (allowed, outlines): (Vec<Allowed>, Option<&Path>),
    ) -> Self {
        let renewable = (packs.into(), allowed.into());
        Self::start_renewable(socket, room_page, renewable, outlines).await
    }

    /// The same, where pages are given this camera and sound.
    pub async fn start_with(
        socket: &Path,
        room_page: &str,
        packs: Packs,
        devices: (CameraChoice, PageSound),
    ) -> Self {
        let renewable = (packs.into(), allowed().into());
        Self::start_whole(socket, room_page, renewable, (None, devices)).await
    }

    /// The same, where packs and allow-list may be renewed meanwhile.
    pub async fn start_renewable(
        socket: &Path,
        room_page: &str,
        renewable: (Shelf, AllowList),
        outlines: Option<&Path>,
    ) -> Self {
        let devices = (CameraChoice::default(), PageSound::default());
        Self::start_whole(socket, room_page, renewable, (outlines, devices)).await
    }

    async fn start_whole(
        socket: &Path,
        room_page: &str,
        (packs, allowed): (Shelf, AllowList),
        (outlines, (camera, sound)): (Option<&Path>, (CameraChoice, PageSound)),
    ) -> Self {
        let (handle, mut inbox) = channel();
        let (out, events) = mpsc::channel(256);
        let cleaning = CleaningChoice::default();
        let config = BrowserConfig {
            socket: socket.to_owned(),
            room_page: room_page.to_owned(),
            packs,
            guest_mail: Some(Private::new(MAIL)),
            camera,
            sound,
            cleaning: cleaning.clone(),
            allowed,
            outlines_dir: outlines.map(Path::to_owned),
            keeper_met: Arc::default(),
        };
        let task = tokio::spawn(async move { run(config, &mut inbox, out).await });
        let mut rig = Self {
            handle,
            cleaning,
            seen: Vec::new(),
            when: Vec::new(),
            events,
            task,
        };
        rig.until(
            "the browser is ready",
            |e| matches!(e, Event::Browser(BrowserSeen::Ready)),
            Duration::from_secs(40),
        )
        .await;
        rig
    }

    /// Waits for an event that was not waited for before; gives how many came before it.
    pub async fn until(
        &mut self,
        what: &str,
        wanted: impl Fn(&Event) -> bool,
        limit: Duration,
    ) -> Event {
        let until = tokio::time::Instant::now() + limit;
        loop {
            match tokio::time::timeout_at(until, self.events.recv()).await {
                Ok(Some(event)) => {
                    self.note(event.clone());
                    if wanted(&event) {
                        return event;
                    }
                }
                Ok(None) => panic!("{what}: the driver ended; {}", self.lately()),
                Err(_) => panic!("{what}: not within {limit:?}; {}", self.lately()),
            }
        }
    }

    fn note(&mut self, event: Event) {
        self.seen.push(event);
        self.when.push(tokio::time::Instant::now());
    }

    /// What was seen last, the newest first and how long ago: where a failure is shortened, that is what is left of it.
    fn lately(&self) -> String {
        let told = self.seen.iter().zip(&self.when).rev().take(20);
        let lines =
            told.map(|(event, at)| format!("{:.1} s ago {event:?}", at.elapsed().as_secs_f64()));
        format!("seen {}", lines.collect::<Vec<_>>().join(", "))
    }

    /// Waits for an event unless it came already after `mark` events.
    pub async fn after(&mut self, mark: usize, wanted: Event) {
        if !self.seen[mark..].contains(&wanted) {
            self.until(&format!("{wanted:?}"), |event| *event == wanted, SOON)
                .await;
        }
    }

    /// Waits for something seen in a call.
    pub async fn call(&mut self, call: CallId, wanted: CallSeen) {
        let over = |seen: &CallSeen| matches!(seen, CallSeen::Over(_) | CallSeen::Failed(_));
        let fits = |event: &Event| match event {
            Event::Call(of, seen) if *of == call => *seen == wanted || over(seen),
            _ => false,
        };
        let seen = self.until(&format!("{call} {wanted:?}"), fits, SOON).await;
        let wanted = Event::Call(call, wanted);
        assert_eq!(seen, wanted, "it ended; {}", self.lately());
    }

    /// Waits for a call's end and gives it.
    pub async fn end_of(&mut self, call: CallId, limit: Duration) -> CallSeen {
        let over = |event: &Event| matches!(event, Event::Call(c, CallSeen::Over(_) | CallSeen::Failed(_)) if *c == call);
        match self.until(&format!("the end of {call}"), over, limit).await {
            Event::Call(_, seen) => seen,
            other => panic!("{other:?}"),
        }
    }

    /// Whether this was seen in a call at any time.
    pub fn saw(&self, call: CallId, wanted: &CallSeen) -> bool {
        self.seen
            .iter()
            .any(|event| matches!(event, Event::Call(c, seen) if *c == call && seen == wanted))
    }

    /// Asserts that nothing more is said for a while.
    pub async fn quiet(&mut self, how_long: Duration) {
        if let Ok(Some(event)) = tokio::time::timeout(how_long, self.events.recv()).await {
            panic!("unexpected {event:?} after {}", self.lately());
        }
    }

    pub fn join(&self, call: CallId, request: CallRequest) {
        self.handle.command(call, CallCommand::Join(request));
    }
}

pub fn request(service: &str, link: &str, passcode: Option<&str>) -> CallRequest {
    let target = Target::page(
        ServiceId::new(service),
        HostName::new("127.0.0.1"),
        Private::new(link),
        passcode.map(Private::new),
    );
    CallRequest {
        by: By::Page,
        target: Some(target),
        display_name: "Raum 2.07".to_owned(),
    }
}

/// Waits until the number of targets of a kind that a bare client sees is this.
pub async fn pages_left(keeper: &Keeper, count: usize) {
    let browser = super::far::Browser::at(keeper).await;
    within("pages of calls are gone", SOON, || async {
        let targets = browser
            .ask("Target.getTargets", serde_json::json!({}))
            .await;

        let pages = targets["targetInfos"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|t| t["type"] == "page" && t["url"].as_str().unwrap().starts_with("http"))
            .count();
        (pages == count).then_some(())
    })
    .await;
}
