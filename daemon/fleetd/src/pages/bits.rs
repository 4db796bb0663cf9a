//! Small parts of several pages: lights, times, fields, tables.

use crate::rooms::{Card, Light, Trouble};
use crate::web::Ask;
use crate::words::{ago, say};
use maud::{Markup, html};
use texts::Language;

/// A light: a shape and a word, so that colour says nothing alone.
pub(super) fn light(language: Language, light: Light) -> Markup {
    html! {
        span class={ "light " (light.word()) } {
            svg viewBox="0 0 16 16" aria-hidden="true" focusable="false" {
                @match light {
                    Light::Green => { circle cx="8" cy="8" r="7" {} }
                    Light::Yellow => { path d="M8 1 L15 14 H1 Z" {} }
                    Light::Red => { rect x="1.5" y="1.5" width="13" height="13" {} }
                    Light::Unknown => { circle.hollow cx="8" cy="8" r="6" {} }
                }
            }
            (say(language, &format!("light-{}", light.word())))
        }
    }
}

/// A room's light; with one that nobody knows how long ago it was known.
pub(super) fn aged(ask: &Ask, card: &Card) -> Markup {
    let (is, _) = card.light();
    let heard = card.seen.state.as_ref().map(|_| card.seen.heard_ms);
    html! {
        (light(ask.language, is))
        @if let (Light::Unknown, Some(heard)) = (is, heard) {
            span.age { (say(ask.language, "light-heard")) " " (moment(ask.language, heard, ask.fleet.now_ms())) }
        }
    }
}

/// A choice among few, with an entry for any.
pub(super) fn choice(
    l: Language,
    (name, label): (&str, String),
    options: &[(String, String)],
    chosen: &str,
) -> Markup {
    let id = format!("rooms-{name}");
    // What was asked for stays visible, even where no room has it any more.
    let unknown = !chosen.is_empty() && !options.iter().any(|(value, _)| value == chosen);
    html! {
        div.field {
            label for=(id) { (label) }
            select id=(id) name=(name) {
                option value="" { (say(l, "rooms-every")) }
                @if unknown { option value=(chosen) selected { (chosen) } }
                @for (value, text) in options { option value=(value) selected[value == chosen] { (text) } }
            }
        }
    }
}

/// Why a light is not green, in one line.
pub(super) fn troubles(language: Language, troubles: &[Trouble]) -> String {
    let words = troubles
        .iter()
        .map(|trouble| say(language, &format!("trouble-{}", trouble.word())));
    words.collect::<Vec<_>>().join(" · ")
}

/// A moment: how long ago, and exactly for those who look closer. The browser writes it in its own zone.
pub(super) fn moment(language: Language, at_ms: i64, now_ms: i64) -> Markup {
    html! { time datetime=(iso(at_ms)) data-ms=(at_ms) { (ago(language, at_ms, now_ms)) } }
}

/// A moment that lies ahead or is better read exactly; UTC until the browser knows better.
pub(super) fn exactly(at_ms: i64) -> Markup {
    html! { time datetime=(iso(at_ms)) data-exact=(at_ms) { (iso(at_ms)) } }
}

/// ISO 8601 in UTC, by the civil calendar's arithmetic (Hinnant's days_from_civil turned around).
pub(super) fn iso(at_ms: i64) -> String {
    let seconds = at_ms.div_euclid(1000);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest % 3600 / 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Where a room is, in one line.
pub(super) fn place(card: &Card) -> String {
    let place = &card.room.place;
    let parts = [&place.site, &place.building, &place.floor];
    let parts = parts
        .iter()
        .filter(|slug| !slug.is_empty())
        .map(|s| s.as_str());
    parts.collect::<Vec<_>>().join(" / ")
}

/// A field with its label.
pub(super) struct Field<'a> {
    pub name: &'a str,
    pub label: String,
    pub value: &'a str,
    pub kind: &'a str,
    pub required: bool,
    pub complete: &'a str,
}

impl<'a> Field<'a> {
    pub fn text(name: &'a str, label: String, value: &'a str) -> Field<'a> {
        Field {
            name,
            label,
            value,
            kind: "text",
            required: false,
            complete: "off",
        }
    }

    /// Drawn with ids that begin so, where a page has several of the form.
    pub fn draw(&self, form: &str) -> Markup {
        let id = format!("{form}-{}", self.name);
        html! {
            div.field {
                label for=(id) { (self.label) }
                input id=(id) name=(self.name) type=(self.kind) value=(self.value) required[self.required]
                    autocomplete=(self.complete);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_by_the_calendar() {
        for (at_ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_798_761_599_000, "2026-12-31T23:59:59Z"),
            (-1_000, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(iso(at_ms), text);
        }
    }
}
