//! The room's panel and its table button in one picture. The panel may stand in no other page's frame, so it is looked at in a
//! window of its own. Presses nothing.

use crate::button::Button;
use crate::folder::Language;
use crate::page::Page;
use crate::remote::Remote;
use crate::wait::until;
use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::f64::consts::TAU;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(15);
/// As a small tablet on the wall.
const PANEL: (u32, u32) = (1024, 640);
const BOTH: (u32, u32) = (1480, 760);

/// Somebody who looks at the panel.
#[derive(Debug)]
pub struct Looker(Page);

impl Looker {
    /// In a window of the far end's browser.
    ///
    /// # Errors
    /// The window or the panel does not open.
    pub async fn at(remote: &Remote, panel: SocketAddr) -> Result<Looker> {
        let page = remote.window(PANEL).await?;
        page.open(&format!("http://{panel}/panel")).await?;
        Ok(Looker(page))
    }

    /// The panel now, as JPEG.
    ///
    /// # Errors
    /// The browser gives no picture.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        self.0.picture().await
    }

    /// The panel and the button beside it, as PNG, once the panel shows what the room is in.
    ///
    /// # Errors
    /// Not seen in time, or one of both gives no picture.
    pub async fn beside(
        &self,
        remote: &Remote,
        button: &Button,
        language: Language,
    ) -> Result<Vec<u8>> {
        until("a panel that shows its room", SOON, async || {
            let words: String = self
                .0
                .evaluate("document.body.innerText")
                .await
                .map_err(|error| format!("{error:#}"))?;
            match words.trim().is_empty() {
                true => Err("an empty page".to_owned()),
                false => Ok(()),
            }
        })
        .await?;
        let table = Table {
            panel: self.0.exact_picture().await?,
            screen: button.screen().await?,
            lights: button.lights().await?,
        };
        let page = remote.window(BOTH).await?;
        page.write(&table.document(language)).await?;
        page.exact_picture().await
    }
}

struct Table {
    panel: Vec<u8>,
    screen: Vec<u8>,
    lights: Vec<String>,
}

impl Table {
    fn document(&self, language: Language) -> String {
        let (panel, button) = match language {
            Language::De => ("Panel des Raums", "Tischtaste"),
            Language::En => ("The room's panel", "Table button"),
        };
        let (seen, screen) = (data(&self.panel), data(&self.screen));
        let ring = self.ring();
        format!(
            "<!doctype html><meta charset=utf-8><style>\
             body {{ margin: 0; padding: 24px; display: flex; gap: 32px; background: #eceef0; font: 20px system-ui, sans-serif; }}\
             figure {{ margin: 0; }} figcaption {{ margin-bottom: 12px; font-weight: 600; }}\
             .panel {{ width: 1024px; border-radius: 8px; }} image {{ image-rendering: pixelated; }}\
             </style><figure><figcaption>{panel}</figcaption><img class=panel src='{seen}'></figure>\
             <figure><figcaption>{button}</figcaption><svg width=360 height=360 viewBox='-100 -100 200 200'>\
             <circle r=98 fill='#0b0d0f'></circle>{ring}\
             <image href='{screen}' x=-56 y=-28 width=112 height=56></image></svg><img hidden src='{screen}'></figure>"
        )
    }

    fn ring(&self) -> String {
        let mut ring = String::new();
        for (nth, light) in self.lights.iter().enumerate() {
            let angle = TAU * nth as f64 / self.lights.len() as f64;
            let (x, y) = (82.0 * angle.sin(), -82.0 * angle.cos());
            // Writing into memory cannot fail.
            let _ = write!(
                ring,
                "<circle cx={x:.1} cy={y:.1} r=7 fill='#{light}'></circle>"
            );
        }
        ring
    }
}

fn data(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(png))
}
