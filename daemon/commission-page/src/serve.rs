//! Every address of the page, and its listener. Draws nothing.

use crate::desk::{Came, Desk, Said, Screen};
use crate::gate::{self, COOKIE, guard, language, named, now_ms, paired};
use crate::pages;
use crate::screens::{answer_of, takes_devices};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Form, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use commission::{Form as Asked, Named, Topic};
use http_listen::{Listener, Terms, Tls};
use pairing::{Attempt, Refused, same, secret};
use preflight::Language;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::WatchStream;
use tokio_util::sync::CancellationToken;

/// A phone and a tablet, each with a page and the pictures of all cameras.
const SEATS: usize = 32;
/// No form of these pages is longer.
const BODY_LIMIT: usize = 16 << 10;
/// After an answer the next screen is nearly always there within this.
const SOON: Duration = Duration::from_millis(1500);
/// What was typed and is no address is shown again up to here.
const SHOWN: usize = 80;
/// A page that hears nothing for longer looks whether anybody is still there.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Looks through a camera for a page.
pub trait Eyes: Send + Sync {
    /// A picture of the camera with this key, as PNG, not older than a second; `None` when there is none now. May block.
    fn picture(&self, key: &str) -> Option<Vec<u8>>;
}

/// Plays on loudspeakers and listens to microphones for a page, while a person is asked to point at one.
pub trait Ears: Send + Sync {
    /// Plays a short sound on the loudspeaker with this key; whether it could. May block for the sound's length.
    fn play(&self, key: &str) -> bool;
    /// How loud it is at the microphone with this key, in decibels of full scale; `None` when nobody can say. May block.
    fn level(&self, key: &str) -> Option<f64>;
}

/// How the page is served.
pub struct Setting {
    /// The interview's other side.
    pub desk: Desk,
    /// For pointing at cameras.
    pub eyes: Arc<dyn Eyes>,
    /// For pointing at loudspeakers and microphones.
    pub ears: Arc<dyn Ears>,
    /// Where.
    pub listener: TcpListener,
    /// With which certificate.
    pub tls: Tls,
    /// Host names by which this machine is called; addresses are always accepted.
    pub names: Vec<String>,
}

/// The page could not be served.
#[derive(Debug, thiserror::Error)]
#[error("the page for the phone cannot be served")]
pub struct PageError(#[from] std::io::Error);

pub(crate) struct Shared {
    pub desk: Desk,
    pub names: Vec<String>,
    /// In each form; proves that it was drawn for a paired device.
    pub token: String,
    eyes: Arc<dyn Eyes>,
    ears: Arc<dyn Ears>,
}

type App = State<Arc<Shared>>;
type Fields = Form<Vec<(String, String)>>;

/// Serves the page until told to stop. To be called within a Tokio runtime.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(setting: Setting, stop: CancellationToken) -> Result<(), PageError> {
    let shared = Arc::new(Shared {
        desk: setting.desk,
        names: setting.names,
        token: secret(),
        eyes: setting.eyes,
        ears: setting.ears,
    });
    let listener = Listener::tcp(setting.listener)?;
    let terms = Terms {
        seats: SEATS,
        tls: Some(setting.tls),
    };
    http_listen::serve(listener, router(shared), terms, stop).await?;
    Ok(())
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/pair", get(pair_page).post(pair))
        .route("/answer", post(answer))
        .route("/device", post(device))
        .route("/language", post(change_language))
        .route("/events", get(events))
        .route("/picture/{number}", get(picture))
        .route("/play/{number}", post(play))
        .route("/level/{number}", get(level))
        .route("/report", get(report))
        .route("/assets/{name}", get(pages::asset))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(Arc::clone(&shared), guard))
        .with_state(shared)
}

async fn page(State(shared): App, headers: HeaderMap) -> Response {
    if !paired(&shared, &headers) {
        return Redirect::to("/pair").into_response();
    }
    pages::page(&shared, language(&shared, &headers)).into_response()
}

async fn pair_page(State(shared): App, uri: Uri, headers: HeaderMap) -> Response {
    if paired(&shared, &headers) {
        return Redirect::to("/").into_response();
    }
    let language = named(uri.query()).unwrap_or_else(|| language(&shared, &headers));
    pages::pairing(language, None).into_response()
}

async fn pair(
    State(shared): App,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    let field = |name: &str| value(&fields, name).unwrap_or_default();
    let spoken = Language::of_tag(field("lang")).unwrap_or_else(|| language(&shared, &headers));
    let Some(Extension(ConnectInfo(peer))) = peer else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let attempt = Attempt {
        code: field("code"),
        stays: false,
        from: peer.ip(),
    };
    match shared.desk.pairing().pair(attempt, now_ms()) {
        Ok(paired) => {
            tracing::info!("a device was paired for commissioning");
            shared.desk.sign_of_life();
            if shared.desk.language().is_none() {
                shared.desk.speak(spoken);
            }
            let cookie = format!(
                "{COOKIE}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Strict",
                paired.cookie,
                paired.lasts.as_secs()
            );
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(refused) => {
            let status = match refused {
                Refused::Wrong => StatusCode::FORBIDDEN,
                Refused::Locked(_) => StatusCode::TOO_MANY_REQUESTS,
            };
            (status, pages::pairing(spoken, Some(refused))).into_response()
        }
    }
}

async fn answer(State(shared): App, headers: HeaderMap, Form(fields): Fields) -> Response {
    if let Err(refused) = may_change(&shared, &headers, &fields) {
        return refused.into_response();
    }
    let step = value(&fields, "step").and_then(|step| step.parse().ok());
    let sheet = shared.desk.sheet();
    let said = answer_of(&sheet.screen, &fields);
    let (Some(step), Some(said)) = (step, said) else {
        return Redirect::to("/").into_response();
    };
    let mut steps = shared.desk.steps();
    // Whatever belongs to a screen that is gone shows the one that lies there now.
    if sheet.step == step && shared.desk.answer(step, said).is_ok() {
        let _ = timeout(SOON, steps.wait_for(|now| *now != step)).await;
    }
    Redirect::to("/").into_response()
}

/// A device on the network, which is looked for before the question is asked again.
async fn device(State(shared): App, headers: HeaderMap, Form(fields): Fields) -> Response {
    if let Err(refused) = may_change(&shared, &headers, &fields) {
        return refused.into_response();
    }
    let field = |name: &str| value(&fields, name).unwrap_or_default();
    let Ok(step) = field("step").parse::<u64>() else {
        return Redirect::to("/").into_response();
    };
    let sheet = shared.desk.sheet();
    if sheet.step != step || !takes_devices(&sheet.screen) {
        return Redirect::to("/").into_response();
    }
    let mut steps = shared.desk.steps();
    match Named::read(field("what"), field("address")) {
        None => {
            let typed: String = field("address").chars().take(SHOWN).collect();
            shared.desk.tried(&typed, Came::NoAddress);
        }
        Some(named) => {
            if shared.desk.answer(step, Said::Device(named)).is_ok() {
                let _ = timeout(SOON, steps.wait_for(|now| *now != step)).await;
            }
        }
    }
    Redirect::to("/").into_response()
}

async fn change_language(State(shared): App, headers: HeaderMap, Form(fields): Fields) -> Response {
    if let Err(refused) = may_change(&shared, &headers, &fields) {
        return refused.into_response();
    }
    if let Some(language) = value(&fields, "lang").and_then(Language::of_tag) {
        let mut steps = shared.desk.steps();
        let asked = matches!(shared.desk.sheet().screen, Screen::Ask { .. });
        shared.desk.speak(language);
        let now = *steps.borrow_and_update();
        if asked {
            let _ = timeout(SOON, steps.wait_for(|step| *step != now)).await;
        }
    }
    Redirect::to("/").into_response()
}

fn may_change(
    shared: &Shared,
    headers: &HeaderMap,
    fields: &[(String, String)],
) -> Result<(), Redirect> {
    if !paired(shared, headers) {
        return Err(Redirect::to("/pair"));
    }
    let sent = value(fields, "token").unwrap_or_default();
    match same(sent.as_bytes(), shared.token.as_bytes()) {
        true => Ok(()),
        // A form of an earlier run; the page draws a new one.
        false => Err(Redirect::to("/")),
    }
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

/// Each step as it comes.
async fn events(State(shared): App, headers: HeaderMap) -> Response {
    if !paired(&shared, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let steps = WatchStream::new(shared.desk.steps());
    // A page that listens is somebody who is there.
    let alive = Arc::clone(&shared);
    let beats = tokio_stream::wrappers::IntervalStream::new(tokio::time::interval(HEARTBEAT));
    let beats = beats.map(move |_| {
        alive.desk.sign_of_life();
        Event::default().comment("here")
    });
    let steps = steps.map(|step| Event::default().data(step.to_string()));
    let all = steps.merge(beats).map(Ok::<_, Infallible>);
    Sse::new(all)
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// What the camera of this choice sees.
async fn picture(State(shared): App, Path(number): Path<usize>, headers: HeaderMap) -> Response {
    if !paired(&shared, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(key) = pointed(&shared, &Topic::Front, number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let eyes = Arc::clone(&shared.eyes);
    let looked = tokio::task::spawn_blocking(move || eyes.picture(&key)).await;
    match looked.ok().flatten() {
        Some(png) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The device of a choice, while this is asked.
fn pointed(shared: &Shared, topic: &Topic, number: usize) -> Option<String> {
    let Screen::Ask { question, .. } = shared.desk.sheet().screen else {
        return None;
    };
    match &question.form {
        Asked::Choice(choices) if question.topic == *topic => {
            choices.get(number).map(|choice| choice.word.clone())
        }
        _ => None,
    }
}

/// Has the loudspeaker of this choice sound.
async fn play(
    State(shared): App,
    Path(number): Path<usize>,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    if let Err(refused) = may_change(&shared, &headers, &fields) {
        return refused.into_response();
    }
    let Some(key) = pointed(&shared, &Topic::Loudspeaker, number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let ears = Arc::clone(&shared.ears);
    match tokio::task::spawn_blocking(move || ears.play(&key)).await {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) | Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The range of a level's bar, in decibels of full scale: an empty room lies below it, nobody speaks above it.
const QUIET: f64 = -60.0;
const LOUD: f64 = -10.0;

/// How loud it is at the microphone of this choice, in percent of the bar.
async fn level(State(shared): App, Path(number): Path<usize>, headers: HeaderMap) -> Response {
    if !paired(&shared, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    // A look that comes late, when something else is asked, is no fault.
    let Some(key) = pointed(&shared, &Topic::Microphone, number) else {
        return StatusCode::NO_CONTENT.into_response();
    };
    let ears = Arc::clone(&shared.ears);
    let heard = tokio::task::spawn_blocking(move || ears.level(&key)).await;
    match heard.ok().flatten() {
        Some(decibels) => {
            let share = (decibels - QUIET) / (LOUD - QUIET) * 100.0;
            format!("{:.0}", share.clamp(0.0, 100.0)).into_response()
        }
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// The report carries its style and pictures in itself.
const REPORT_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

async fn report(State(shared): App, headers: HeaderMap) -> Response {
    if !gate::paired(&shared, &headers) {
        return Redirect::to("/pair").into_response();
    }
    let kind = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, REPORT_CSP),
    ];
    match shared.desk.report_page() {
        Some(page) => (kind, page).into_response(),
        None => Redirect::to("/").into_response(),
    }
}
