//! Pictures of every screen in both languages, light and dark, small and large, for people to look at.

use super::chrome::Chrome;
use super::views;
use room_api::{
    CanaryAnswer, CanaryRequest, CanaryResult, ErrorCode, LookLine, LookRequest, PacksAnswer,
};
use roomd::faces::{Console, FacesConfig, Lang};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

const SIZES: [(&str, u32, u32); 3] = [
    ("phone", 360, 740),
    ("tablet", 1280, 800),
    ("zoomed", 640, 400),
];
const WALLS: [(&str, u32, u32, f64); 3] = [
    ("1080", 1920, 1080, 1.0),
    ("720", 1280, 720, 1.0),
    ("2160", 1920, 1080, 2.0),
];

/// A room in which something is tried out, or not.
struct Trials(watch::Receiver<bool>);

impl Console for Trials {
    fn look(&self, _: LookRequest) -> Result<mpsc::Receiver<LookLine>, ErrorCode> {
        Err(ErrorCode::RoomBusy)
    }

    fn canary(&self, _: CanaryRequest) -> Result<mpsc::Receiver<CanaryResult>, ErrorCode> {
        Err(ErrorCode::RoomBusy)
    }

    fn results(&self) -> CanaryAnswer {
        CanaryAnswer {
            results: Vec::new(),
        }
    }

    fn packs(&self) -> PacksAnswer {
        PacksAnswer {
            packs: Vec::new(),
            refused: Vec::new(),
        }
    }

    fn running(&self) -> watch::Receiver<bool> {
        self.0.clone()
    }
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screens");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Names from the environment narrow it down: `SCREENS=in-call,standby`, and `SCREENS_ONLY=de-light-tablet` the look.
fn wanted(name: &str) -> bool {
    match std::env::var("SCREENS") {
        Ok(list) => list.split(',').any(|part| part == name),
        Err(_) => {
            !name.starts_with("head-head-")
                && (!name.starts_with("failed-") || name == "failed-call-denied")
        }
    }
}

fn drawn(file: &str) -> bool {
    match std::env::var("SCREENS_ONLY") {
        Ok(list) => list.split(',').any(|look| file.contains(look)),
        Err(_) => true,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "draws some hundred pictures into target/screens: run it by name to look at them"]
async fn pictures_of_every_screen() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let (trial, running) = watch::channel(false);
    let console = Some(Arc::new(Trials(running)) as Arc<dyn Console>);
    let config = FacesConfig {
        console,
        ..FacesConfig::default()
    };
    let rig = super::hand::rig_with_page_and(&chrome, views::base(), config).await;
    for lang in Lang::ALL {
        for scheme in ["light", "dark"] {
            let tried = ("trial".to_owned(), views::named("standby"));
            let all = views::all().into_iter().chain([tried]);
            for (name, view) in all.filter(|(name, _)| wanted(name)) {
                trial.send_replace(name == "trial");
                rig.show(view);
                for (size, width, height) in SIZES {
                    let file = format!("panel-{name}-{}-{scheme}-{size}.png", lang.code());
                    if !drawn(&file) {
                        continue;
                    }
                    let tab = chrome.tab().await;
                    tab.shape((width, height), 1.0, scheme).await;
                    tab.open(&rig.url(&format!("/panel?lang={}", lang.code())))
                        .await;
                    if name.starts_with("sound-") {
                        tab.click("#tab-tone").await;
                    }
                    let tall = tab.eval("document.documentElement.scrollHeight").await;
                    if size == "phone" {
                        let tall = u32::try_from(tall.as_u64().unwrap()).unwrap().max(height);
                        tab.shape((width, tall), 1.0, scheme).await;
                    }
                    std::fs::write(folder().join(&file), tab.picture().await).unwrap();
                    if name.starts_with("person-") {
                        tab.click("[data-key=operate]").await;
                        tab.until("document.querySelector('canvas[data-shown]')")
                            .await;
                        let file = file.replacen("panel-", "panel-hand-", 1);
                        std::fs::write(folder().join(file), tab.picture().await).unwrap();
                    }
                    tab.close().await;
                }
                for (size, width, height, scale) in WALLS {
                    let file = format!("display-{name}-{}-{scheme}-{size}.png", lang.code());
                    let repeated = size != "1080" && (scheme == "light" || lang == Lang::En);
                    if repeated || !drawn(&file) {
                        continue;
                    }
                    let tab = chrome.tab().await;
                    tab.shape((width, height), scale, scheme).await;
                    tab.open(&rig.url(&format!("/display?theme={scheme}&lang={}", lang.code())))
                        .await;
                    std::fs::write(folder().join(file), tab.picture().await).unwrap();
                    tab.close().await;
                }
            }
        }
    }
}
