//! A facility person with a phone before the room's display: reads, types, answers, and looks at each page. For people who ask for
//! pictures (`SCREENS=walk`), each page is drawn as a phone and a tablet show it, light and dark, in both languages.

use crate::axe::{axe, broken};
use crate::chrome::{Chrome, Tab};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

const PHONE: (u32, u32) = (360, 740);
const TABLET: (u32, u32) = (820, 1180);
const DISPLAY: (u32, u32) = (1920, 1080);

/// Whoever walks.
pub struct Person {
    /// The room's main display.
    pub display: Tab,
    pub phone: Tab,
    /// What the person was asked and has answered, with the code and the devices that were named.
    pub answers: Vec<String>,
    chrome: Chrome,
    axe: &'static str,
    pictures: Option<PathBuf>,
    /// Which screen was looked at last, and how many were before.
    seen: String,
    number: usize,
}

impl Person {
    /// Stands before the display, whose page is at this address; `None`, with a word on stderr, without a browser or axe.
    pub async fn comes(display_at: &str) -> Option<Person> {
        let axe = axe()?;
        // The phone has a camera and a microphone, and its owner lets the conference have both.
        let flags = [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
        ];
        let chrome = Chrome::start_with(&flags).await?;
        let display = chrome.tab().await;
        display.shape(DISPLAY, 1.0, "dark").await;
        go(&display, display_at).await;
        ready(&display).await;
        let phone = chrome.tab().await;
        phone.shape(PHONE, 1.0, "light").await;
        let pictures = std::env::var("SCREENS").is_ok_and(|list| list == "walk");
        let pictures = pictures.then(|| {
            let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screens");
            fs::create_dir_all(&folder).unwrap();
            folder
        });
        Some(Person {
            display,
            phone,
            answers: Vec::new(),
            chrome,
            axe,
            pictures,
            seen: String::new(),
            number: 0,
        })
    }

    /// Presses Enter on the keyboard at the machine.
    pub async fn enter(&self) {
        self.display
            .until("document.querySelector('[data-begin]:focus:not(:disabled)')")
            .await;
        self.display.key("rawKeyDown", "Enter").await;
        self.display.key("keyUp", "Enter").await;
    }

    /// Opens the address that stands on the display. In a room of its own it is the machine's; here it is the one that the page
    /// listens at.
    pub async fn opens_the_address(&mut self, path: &str) {
        self.display
            .until("document.querySelector('.digits')")
            .await;
        let url = text(&self.display, ".url").await;
        let (_, port) = url.trim_end_matches('/').rsplit_once(':').unwrap();
        go(&self.phone, &format!("https://127.0.0.1:{port}{path}")).await;
        ready(&self.phone).await;
    }

    /// Types the code that stands on the display.
    pub async fn pairs(&mut self) {
        self.look("pair").await;
        let code = text(&self.display, ".digits").await.replace(' ', "");
        self.types("#code", &code).await;
        self.phone.click("[type=submit]").await;
        self.answers.push("code".to_owned());
    }

    /// Waits for the question of this topic and looks at it.
    pub async fn is_asked(&mut self, topic: &str) {
        let asked = format!("document.querySelector('[data-topic={topic}]')");
        self.phone.until(&asked).await;
        // Whoever types or listens is where the question is.
        self.phone
            .until("main.contains(document.activeElement)")
            .await;
        self.look(topic).await;
    }

    /// Answers the question of this topic, or takes what is proposed, and goes on.
    pub async fn says(&mut self, topic: &str, words: Option<&str>) {
        self.is_asked(topic).await;
        if let Some(words) = words {
            self.types("#answer", words).await;
        }
        self.phone.click("[data-topic] button").await;
        let asked = format!("!document.querySelector('[data-topic={topic}]')");
        self.phone.until(&asked).await;
        self.answers.push(topic.to_owned());
    }

    /// Names a device on the network by the title of its kind, and waits for what came of it.
    pub async fn names(&mut self, kind: &str, address: &str, came: &str) {
        self.phone
            .eval(&format!(
                "document.querySelector('details.network').open = true; \
                 what.value = [...what.options].find((one) => one.text.startsWith({})).value; undefined",
                json!(kind)
            ))
            .await;
        self.phone.eval("address.value = ''; undefined").await;
        self.types("#address", address).await;
        self.phone.click("details.network button").await;
        self.phone
            .until(&format!(
                "document.querySelector('[data-came={came}]')?.textContent.includes({})",
                json!(address)
            ))
            .await;
        self.answers.push(format!("device {address}"));
    }

    async fn types(&self, field: &str, words: &str) {
        self.phone.click(field).await;
        let typed = json!({ "text": words });
        self.phone.call("Input.insertText", typed).await;
    }

    /// The phone joins the trial call with picture and sound.
    pub async fn joins(&mut self) -> Tab {
        let link = self
            .phone
            .eval("document.querySelector('a.primary').href")
            .await;
        let tab = self.chrome.tab().await;
        tab.shape(PHONE, 1.0, "light").await;
        go(&tab, link.as_str().unwrap()).await;
        tab.until("document.querySelector('[data-test=submit-join]')")
            .await;
        self.judge(&tab, "conference").await;
        tab.eval(
            "document.querySelector('input[name=name], #name').value ||= 'Telefon'; undefined",
        )
        .await;
        for choice in ["choice-mic", "choice-camera", "submit-join"] {
            let press = format!("document.querySelector('[data-test={choice}]').click()");
            tab.eval(&press).await;
        }
        tab.until("document.body.dataset.screen === 'call'").await;
        tab
    }

    /// The report in a tab of its own, as the page's link opens it.
    pub async fn reads_the_report(&mut self) -> Value {
        let link = self
            .phone
            .eval("document.querySelector('a.primary').href")
            .await;
        let link = link.as_str().unwrap().to_owned();
        go(&self.phone, &link).await;
        self.phone
            .until("document.querySelector('.handover')")
            .await;
        self.look("report").await;
        if self.pictures.is_some() {
            self.phone.shape((PHONE.0, 3000), 1.0, "light").await;
            self.draw(&self.phone, "report-whole").await;
            self.phone.shape(PHONE, 1.0, "light").await;
        }
        let read = "({ said: document.body.innerText, open: document.querySelectorAll('.findings > li').length, \
            rows: [...document.querySelectorAll('tr')].map((row) => row.innerText.replace(/\\s+/g, ' ').trim()) })";
        let read = self.phone.eval(read).await;
        go(&self.phone, link.trim_end_matches("report")).await;
        ready(&self.phone).await;
        read
    }

    /// No rule of accessibility is broken, and nothing is wider than a phone.
    async fn judge(&self, tab: &Tab, name: &str) {
        if tab.eval("typeof globalThis.axe").await == json!("undefined") {
            tab.eval(&format!("{}; undefined", self.axe)).await;
        }
        assert_eq!(broken(tab).await, json!([]), "{name}");
        let wide = "[...document.querySelectorAll('body *')].filter((one) => document.documentElement.scrollWidth > 360 && \
            one.getBoundingClientRect().right > 360 && !one.closest('section[tabindex]')).map((one) => one.outerHTML.slice(0, 120))";
        assert_eq!(tab.eval(wide).await, json!([]), "{name} is too wide");
    }

    /// What a printed page says, without the spaces between its words: paper has none, only places.
    pub async fn reads_paper(&self, pdf: &[u8]) -> String {
        if let Some(folder) = &self.pictures {
            fs::write(folder.join("walk-report.pdf"), pdf).unwrap();
        }
        use base64::Engine;
        let pdf = base64::engine::general_purpose::STANDARD.encode(pdf);
        let read = format!("({})({})", include_str!("paper.js"), json!(pdf));
        let said = self.phone.eval(&read).await;
        said.as_str().unwrap().to_owned()
    }

    /// This screen, once.
    pub async fn look(&mut self, name: &str) {
        if std::mem::replace(&mut self.seen, name.to_owned()) == name {
            return;
        }
        self.judge(&self.phone, name).await;
        self.number += 1;
        let Some(folder) = self.pictures.clone() else {
            return;
        };
        let turns = self
            .phone
            .eval("!!document.querySelector('.bar form')")
            .await;
        for _ in 0..2 {
            let language = self.phone.eval("document.documentElement.lang").await;
            for (size, device) in [(PHONE, "phone"), (TABLET, "tablet")] {
                for scheme in ["light", "dark"] {
                    self.phone.shape(size, 1.0, scheme).await;
                    let file = format!(
                        "walk-{:02}-{name}-{}-{device}-{scheme}.png",
                        self.number,
                        language.as_str().unwrap()
                    );
                    fs::write(folder.join(file), self.phone.picture().await).unwrap();
                }
            }
            self.phone.shape(PHONE, 1.0, "light").await;
            if turns != json!(true) {
                return;
            }
            let asked = self
                .phone
                .eval("document.querySelector('main h2').textContent")
                .await;
            self.phone.click(".bar form button").await;
            // The question comes in its other words a moment after the rest of the page.
            let other = format!(
                "document.documentElement.lang !== {language} && document.querySelector('main h2').textContent !== {asked}"
            );
            self.phone.until(&other).await;
        }
    }

    /// What another tab shows.
    pub async fn draw(&self, tab: &Tab, name: &str) {
        if let Some(folder) = &self.pictures {
            let file = folder.join(format!("walk-{:02}-{name}.png", self.number));
            fs::write(file, tab.picture().await).unwrap();
        }
    }
}

/// A device in the building's network does not know the room's authority yet; its owner has compared the address.
async fn go(tab: &Tab, url: &str) {
    let ignore = json!({ "ignore": true });
    tab.call("Security.setIgnoreCertificateErrors", ignore)
        .await;
    tab.call("Page.navigate", json!({ "url": url })).await;
}

async fn ready(tab: &Tab) {
    tab.until("document.documentElement.dataset.ready === ''")
        .await;
}

pub async fn text(tab: &Tab, selector: &str) -> String {
    let code = format!("document.querySelector({}).innerText", json!(selector));
    tab.eval(&code).await.as_str().unwrap().to_owned()
}
