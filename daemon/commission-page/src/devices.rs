//! Where a person names what is on the network and is found by nobody: cameras' heads and displays, each by its address.
//! Opens no line.

use crate::desk::{Came, Sheet, Tried};
use crate::screens::Form;
use crate::words::{fill, say};
use commission::Carrier;
use maud::{Markup, html};
use preflight::Language;

/// The form, and what came of what was named before. It stands open as long as something is to be mended.
pub(crate) fn form(sheet: &Sheet, form: &Form<'_>, language: Language) -> Markup {
    let t = |key: &str| say(language, key);
    let last = sheet.tried.last();
    let typed = last.filter(|tried| tried.came != Came::Taken);
    let trouble = typed.map(|tried| (key(tried.came), came(tried, language)));
    // What is to be mended stands at the field alone.
    let before = sheet.tried.len() - usize::from(typed.is_some());
    let before = &sheet.tried[..before];
    html! {
        details.card.network open[typed.is_some()] {
            summary { h2 { (t("device-title")) } }
            div #network-hint.hint { p { (t("device-hint")) } }
            @if !before.is_empty() {
                ul aria-label=(t("device-tried")) {
                    @for tried in before { li data-came=(key(tried.came)) { (came(tried, language)) } }
                }
            }
            form method="post" action="/device" novalidate {
                (form.hidden())
                label.field for="what" { (t("device-what")) }
                select #what name="what" {
                    optgroup label=(t("device-heads")) {
                        @for carrier in Carrier::ALL {
                            option value=(carrier.word()) { (fill(language, "device-head", &[("by", spoken(carrier).to_owned())])) }
                        }
                    }
                    @if !sheet.models.is_empty() {
                        optgroup label=(t("device-displays")) {
                            @for model in &sheet.models {
                                option value={ "display:" (model.word) } { (model.label) }
                            }
                        }
                    }
                }
                label.field for="address" { (t("device-address")) }
                input #address name="address" type="text" inputmode="url" autocomplete="off" autocapitalize="none" autocorrect="off"
                    spellcheck="false" value=[typed.map(|tried| tried.line.as_str())] aria-describedby="network-hint network-trouble"
                    aria-invalid=[typed.map(|_| "true")];
                p #network-trouble.trouble role="alert" data-came=[trouble.as_ref().map(|(key, _)| key)] {
                    @if let Some((_, trouble)) = trouble { (trouble) }
                }
                button type="submit" { (t("device-look")) }
            }
        }
    }
}

fn spoken(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Tcp => "VISCA, TCP",
        Carrier::Udp => "VISCA, UDP",
        Carrier::Sony => "VISCA, Sony UDP",
    }
}

fn key(came: Came) -> &'static str {
    match came {
        Came::Taken => "device-taken",
        Came::Silent => "device-silent",
        Came::NoAddress => "device-no-address",
    }
}

fn came(tried: &Tried, language: Language) -> String {
    fill(language, key(tried.came), &[("line", tried.line.clone())])
}
