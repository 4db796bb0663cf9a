//! The pages' shells: structure and first words; scripts fill in the state. No text stands here, only keys.
//! Knows no meeting: nothing private is rendered on the server.

use super::assets::ICONS;
use super::gate::{Door, Face, LOOPBACK_COOKIE, cookie};
use super::setup;
use super::texts::{Lang, Texts, texts};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What tells one page from another.
#[derive(Clone, Copy)]
pub(super) struct Page {
    /// The key of its title.
    title: &'static str,
    style: &'static str,
    script: &'static str,
}

const PANEL: Page = Page {
    title: "page-panel",
    style: "panel.css",
    script: "panel.js",
};
const DISPLAY: Page = Page {
    title: "page-display",
    style: "display.css",
    script: "display.js",
};
const SETUP: Page = Page {
    title: "page-setup",
    style: "display.css",
    script: "setup.js",
};
const PAIR: Page = Page {
    title: "page-pair",
    style: "panel.css",
    script: "pair.js",
};
pub(super) const CODES: Page = Page {
    title: "page-codes",
    style: "panel.css",
    script: "codes.js",
};

/// What every shell needs.
pub(super) struct Shell<'a> {
    pub lang: Lang,
    pub texts: &'a Texts,
    theme: &'a str,
    pub room: &'a str,
    token: &'a str,
    help: Option<&'a str>,
    /// Whether the device is the board's own.
    own: bool,
}

impl Shell<'_> {
    /// A text that the script writes anew when the language changes.
    fn t(&self, key: &str) -> Markup {
        html! { span data-t=(key) { (self.texts.get(key)) } }
    }

    pub(super) fn page(&self, page: Page, body: Markup) -> Markup {
        let Page {
            title,
            style,
            script,
        } = page;
        let texts = self.texts;
        html! {
            (DOCTYPE)
            html lang=(self.lang.code()) data-theme=(self.theme) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="roomd-token" content=(self.token);
                    meta name="roomd-build" content=(env!("CARGO_PKG_VERSION"));
                    title { (texts.fill(title, &[("room", self.room)])) }
                    link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                    link rel="stylesheet" href="/assets/face.css";
                    link rel="stylesheet" href={ "/assets/" (style) };
                    script type="module" src={ "/assets/" (script) } {}
                }
                body data-room=(self.room) data-title=(title) {
                    (PreEscaped(ICONS))
                    noscript { p.noscript { (texts.get("page-noscript")) } }
                    (body)
                }
            }
        }
    }
}

pub(super) async fn start() -> Redirect {
    Redirect::to("/panel")
}

pub(super) async fn panel(State(face): State<Face>, request: Request) -> Response {
    answer(&face, &request, |shell| match &face.shared.config.setup {
        Some(setup) => shell.page(SETUP, setup::body(setup, &face.shared.invitations)),
        None => shell.page(PANEL, panel_body(shell)),
    })
}

pub(super) async fn display(State(face): State<Face>, request: Request) -> Response {
    answer(&face, &request, |shell| match &face.shared.config.setup {
        Some(setup) => shell.page(SETUP, setup::body(setup, &face.shared.invitations)),
        None => shell.page(DISPLAY, display_body(shell)),
    })
}

pub(super) async fn pair(State(face): State<Face>, request: Request) -> Response {
    answer(&face, &request, |shell| shell.page(PAIR, pair_body(shell)))
}

pub(super) fn answer(
    face: &Face,
    request: &Request,
    page: impl Fn(&Shell<'_>) -> Markup,
) -> Response {
    let lang = face.lang(request.uri(), request.headers());
    let (view, _) = face.shared.hub.now();
    let path = request.uri().path();
    let for_all = path == "/pair" || path.starts_with("/codes");
    let shell = Shell {
        lang,
        texts: texts(lang),
        theme: theme(request),
        room: &view.room,
        // Whoever is not paired yet gets no token.
        token: if for_all { "" } else { &face.shared.token },
        help: face.shared.config.help.as_deref(),
        own: matches!(*face.door, Door::Loopback { .. }),
    };
    let markup = page(&shell);
    let mut response = markup.into_response();
    if shell.own {
        let cookie = format!(
            "{LOOPBACK_COOKIE}={}; Path=/; HttpOnly; SameSite=Strict",
            face.shared.cookie
        );
        if let Ok(value) = cookie.parse() {
            response.headers_mut().insert(header::SET_COOKIE, value);
        }
    }
    response
}

/// The display is dark unless its address says otherwise; a panel is as its person chose, else as the device prefers.
fn theme(request: &Request) -> &'static str {
    let display = request.uri().path() == "/display";
    let mut asked = request.uri().query().into_iter().flat_map(|q| q.split('&'));
    let asked = asked.find_map(|pair| pair.strip_prefix("theme="));
    let chosen = || {
        cookie(request.headers(), "theme")
            .next()
            .filter(|_| !display)
    };
    match asked.or_else(chosen) {
        Some("light") => "light",
        Some("dark") => "dark",
        _ if display => "dark",
        _ => "auto",
    }
}

fn icon(name: &str) -> Markup {
    html! { svg.icon aria-hidden="true" { use href={ "#i-" (name) } {} } }
}

fn panel_body(shell: &Shell<'_>) -> Markup {
    html! {
        a.skip href="#sound" { (shell.t("skip-to-controls")) }
        header.bar {
            h1 #room { (shell.room) }
            p.clock { time #clock {} " " span #date {} }
            div.tools {
                @if let Some(help) = shell.help {
                    p.help { (shell.texts.fill("help-call", &[("number", help)])) }
                }
                button #theme.tool type="button" { (icon("theme")) }
                button #lang.tool type="button" { (shell.t("lang-other")) }
            }
        }
        div #stale.stale role="alert" hidden { (icon("unplugged")) div {
            strong { (shell.t("stale-title")) } " " (shell.t("stale-text"))
        } }
        p #afar.stale role="status" hidden {}
        p #polite.quiet aria-live="polite" {}
        div #toast.toast role="alert" hidden {}
        button #faultline.faultline type="button" hidden { (icon("warning")) span {} }
        main #main {
            section #now.card aria-live="off" data-region="region-now"
                aria-label=(shell.texts.get("region-now")) {
                p.loading { (shell.t("page-loading")) }
            }
            (sound(shell))
            (more(shell))
        }
        dialog #page.page aria-labelledby="page-title" {}
    }
}

fn sound(shell: &Shell<'_>) -> Markup {
    html! {
        section #sound.sound data-region="region-sound" aria-label=(shell.texts.get("region-sound"))
            tabindex="-1" {
            @for what in ["mic", "camera"] {
                button id=(what) .switch type="button" disabled data-state="unknown" {
                    span.lens { (icon(&format!("{what}-unknown"))) }
                    span.words {
                        span.what { (shell.t(&format!("{what}-label"))) }
                        span.seen {}
                        span.means {}
                        span.act {}
                    }
                }
            }
            div.volume {
                label for="volume" { (icon("volume")) (shell.t("volume-label")) }
                output #volume-said for="volume" {}
                button #quieter.round type="button" disabled data-label="volume-down" { (icon("minus")) }
                input #volume type="range" min="0" max="100" step="5" value="0" disabled;
                button #louder.round type="button" disabled data-label="volume-up" { (icon("plus")) }
            }
        }
    }
}

fn more(shell: &Shell<'_>) -> Markup {
    let tabs = ["agenda", "camera", "tone", "faults"];
    html! {
        section #more.more data-region="region-more" aria-label=(shell.texts.get("region-more")) {
            div.tabs role="tablist" {
                @for (n, tab) in tabs.iter().enumerate() {
                    button id={ "tab-" (tab) } role="tab" type="button" aria-controls={ "pane-" (tab) }
                        aria-selected=(if n == 0 { "true" } else { "false" })
                        tabindex=(if n == 0 { "0" } else { "-1" }) {
                        (shell.t(&format!("tab-{tab}")))
                    }
                }
            }
            @for (n, tab) in tabs.iter().enumerate() {
                div.pane id={ "pane-" (tab) } role="tabpanel" tabindex="0" aria-labelledby={ "tab-" (tab) }
                    hidden[n != 0] {}
            }
        }
    }
}

fn display_body(shell: &Shell<'_>) -> Markup {
    html! {
        main #screen { p.loading { (shell.t("page-loading")) } }
        p #stale.corner role="status" hidden { (shell.t("display-stale")) }
    }
}

fn pair_body(shell: &Shell<'_>) -> Markup {
    html! {
        header.bar { h1 { (shell.room) } div.tools {
            button #lang.tool type="button" { (shell.t("lang-other")) }
        } }
        main.single {
            form #pair.card novalidate {
                h2 { (shell.t("pair-title")) }
                p { (shell.t("pair-text")) }
                label.field for="code" { (shell.t("pair-code")) }
                input #code.code name="code" inputmode="numeric" autocomplete="one-time-code"
                    maxlength="9" autofocus required aria-describedby="said";
                label.check { input #stays type="checkbox"; (shell.t("pair-stays")) }
                p.fine { (shell.t("pair-hours")) }
                p #said.said role="alert" {}
                button.primary type="submit" { (shell.t("pair-submit")) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell<'a>(texts: &'a Texts) -> Shell<'a> {
        Shell {
            lang: Lang::En,
            texts,
            theme: "auto",
            room: "⟦room⟧",
            token: "",
            help: Some("⟦4711⟧"),
            own: true,
        }
    }

    /// What a person sees or hears of a page: text nodes and labels.
    fn visible(page: &str) -> String {
        let mut out = String::new();
        let mut rest = page;
        while let Some(start) = rest.find('<') {
            out.push_str(&rest[..start]);
            let end = rest[start..].find('>').unwrap() + start;
            let tag = &rest[start..end];
            for name in ["aria-label=\"", "placeholder=\"", "alt=\"", " title=\""] {
                if let Some(at) = tag.find(name) {
                    let value = &tag[at + name.len()..];
                    out.push_str(&value[..value.find('"').unwrap()]);
                    out.push('\n');
                }
            }
            rest = &rest[end + 1..];
        }
        out
    }

    #[test]
    fn no_literal_text_stands_in_a_shell() {
        let marked = Texts::marked(Lang::En);
        let shell = shell(&marked);
        for body in [panel_body(&shell), display_body(&shell), pair_body(&shell)] {
            let page = shell.page(PANEL, body).into_string();
            let mut depth = 0;
            for c in visible(&page).chars() {
                match c {
                    '⟦' => depth += 1,
                    '⟧' => depth -= 1,
                    c if c.is_alphabetic() => assert!(depth > 0, "literal {c:?} in {page}"),
                    _ => {}
                }
            }
        }
    }
}
