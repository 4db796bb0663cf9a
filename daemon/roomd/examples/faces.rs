//! Serves the faces with canned views, to look at and to try: presses on microphone, camera, volume and heads change
//! the picture as a room would. Open `/panel` and `/display`; another view by `http://127.0.0.1:8081/example/<name>`
//! or by typing its name.
//!
//! `cargo run -p roomd --example faces [first view]`

#[path = "../tests/faces/views.rs"]
mod views;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::get;
use maud::{Markup, html};
use room_core::event::{HeadPress, Origin, Press};
use room_core::units::{Seen, Switch};
use room_core::view::{HeadState, SwitchView, View};
use roomd::faces::{self, FacesConfig, Metrics};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

const SWITCHBOARD: &str = "127.0.0.1:8081";

type Views = Arc<watch::Sender<Arc<View>>>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let first = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "standby".to_owned());
    let (views, seen) = watch::channel(Arc::new(views::named(&first)));
    let views = Arc::new(views);
    let (press, pressed) = mpsc::channel(16);
    let metrics = Metrics::new();
    let config = FacesConfig {
        help: Some("4711 (IT-Service)".to_owned()),
        practice_url: Some("https://saal2.example:8444".to_owned()),
        ..FacesConfig::default()
    };
    let bound = faces::bind(
        config,
        seen,
        press,
        metrics.clone(),
        CancellationToken::new(),
    )?;
    println!("panel    http://{}/panel", bound.loopback_addr());
    println!("display  http://{}/display", bound.loopback_addr());
    println!("views    http://{SWITCHBOARD}/");
    tokio::spawn(play(pressed, Arc::clone(&views), metrics.clone()));
    let typed = Arc::clone(&views);
    std::thread::spawn(move || type_names(&typed));
    let switchboard = Router::new()
        .route("/", get(index))
        .route("/example/{name}", get(switch))
        .with_state(views);
    let listener = tokio::net::TcpListener::bind(SWITCHBOARD).await?;
    tokio::select! {
        ended = bound.run() => ended?,
        ended = async { axum::serve(listener, switchboard).await } => ended?,
        () = tick(metrics) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

async fn index() -> Markup {
    html! { ul { @for (name, _) in views::all() { li { a href={ "/example/" (name) } { (name) } } } } }
}

async fn switch(State(views): State<Views>, Path(name): Path<String>) -> Redirect {
    show(&views, &name);
    Redirect::to("/")
}

fn show(views: &Views, name: &str) {
    match views::all().into_iter().find(|(known, _)| known == name) {
        Some((_, view)) => drop(views.send_replace(Arc::new(view))),
        None => println!("no view \"{name}\""),
    }
}

fn type_names(views: &Views) {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        show(views, line.trim());
    }
}

async fn tick(metrics: Metrics) {
    loop {
        metrics.stepped(Duration::ZERO);
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
}

/// Answers presses as a room would, without one.
async fn play(mut pressed: mpsc::Receiver<(Press, Origin)>, views: Views, metrics: Metrics) {
    while let Some((press, origin)) = pressed.recv().await {
        println!("{origin:?}: {press:?}");
        let mut view = View::clone(&views.borrow());
        match &press {
            Press::Mic(to) => view.mic = becoming(view.mic, *to),
            Press::Camera(to) => view.camera = becoming(view.camera, *to),
            Press::Volume(to) => view.volume.seen = Seen::Is((*to).min(view.volume.limit)),
            Press::Head(id, press) => {
                for head in view.heads.iter_mut().filter(|head| head.id == *id) {
                    let (state, at) = match press {
                        HeadPress::Preset(number) => (HeadState::Still, Some(*number)),
                        HeadPress::Drive(_) => (HeadState::Moving, None),
                        HeadPress::Stop | HeadPress::Home => (HeadState::Still, None),
                    };
                    head.state = state;
                    head.at_preset = at;
                }
            }
            _ => {}
        }
        views.send_replace(Arc::new(view));
        metrics.press_seen();
        if matches!(press, Press::Mic(_) | Press::Camera(_)) {
            tokio::spawn(settle(Arc::clone(&views)));
        }
    }
}

fn becoming(view: SwitchView, to: Switch) -> SwitchView {
    SwitchView {
        seen: view.seen,
        becoming: (view.seen != Seen::Is(to)).then_some(to),
    }
}

async fn settle(views: Views) {
    tokio::time::sleep(Duration::from_millis(700)).await;
    views.send_modify(|view| {
        let view = Arc::make_mut(view);
        for switch in [&mut view.mic, &mut view.camera] {
            if let Some(to) = switch.becoming.take() {
                switch.seen = Seen::Is(to);
            }
        }
    });
}
