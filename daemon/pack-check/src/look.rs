//! Looks at a page as the watcher in the browser does, as far as that is possible without one: visible is what no
//! attribute and no inline style hides. Knows no pack as a whole.

use crate::pages::Lang;
use call_browser::pack::{Sign, Signs, TextSign, Words};
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// A page that can be looked at.
pub struct Page {
    html: Html,
    /// Where it is; `None`: nowhere in particular.
    address: Option<Url>,
}

impl Page {
    pub fn new(body: &str) -> Self {
        Self::at(None, body)
    }

    pub fn at(address: Option<&Url>, body: &str) -> Self {
        Self {
            html: Html::parse_document(body),
            address: address.cloned(),
        }
    }

    /// Whether a selector finds anything, visible or not.
    pub fn finds(&self, css: &str) -> bool {
        selector(css).is_some_and(|selector| self.html.select(&selector).next().is_some())
    }

    /// Whether a selector finds something that can be pressed.
    pub fn offers(&self, css: &str) -> bool {
        let sign = Sign {
            css: css.to_owned(),
            visible: true,
            enabled: true,
        };
        self.has(&sign)
    }

    /// Whether all groups of signs hold; texts in one language only when it is given.
    pub fn holds(&self, signs: &Signs, lang: Option<Lang>) -> bool {
        signs.all.iter().all(|sign| self.has(sign))
            && (signs.any.is_empty() || signs.any.iter().any(|sign| self.has(sign)))
            && !signs.none.iter().any(|sign| self.has(sign))
            && (signs.text.is_empty() || signs.text.iter().any(|text| self.says(text, lang)))
            && (signs.sealed.is_empty() || signs.sealed.iter().any(|words| self.seals(words, lang)))
            && (signs.host.is_empty()
                || self.is_somewhere(|at| {
                    let host = at.host_str().unwrap_or_default();
                    signs.host.iter().any(|name| name.covers(host))
                }))
            && (signs.path.is_empty()
                || self
                    .is_somewhere(|at| signs.path.iter().any(|path| at.path().starts_with(path))))
    }

    fn is_somewhere(&self, test: impl Fn(&Url) -> bool) -> bool {
        self.address.as_ref().is_some_and(test)
    }

    /// On a written page, what a browser would put into a closed shadow root stands in an element with `data-sealed`.
    fn seals(&self, words: &Words, lang: Option<Lang>) -> bool {
        let sealed = Selector::parse("[data-sealed]").expect("a fixed selector");
        let mut texts = self.html.select(&sealed).flat_map(|e| e.descendants());
        texts.any(|node| {
            let text = node
                .value()
                .as_text()
                .map(|text| plain(text))
                .unwrap_or_default();
            let seen = node
                .parent()
                .and_then(ElementRef::wrap)
                .is_some_and(visible);
            seen && in_language(words, lang)
                .iter()
                .any(|word| text.contains(word))
        })
    }

    fn has(&self, sign: &Sign) -> bool {
        let Some(selector) = selector(&sign.css) else {
            return false;
        };
        self.html
            .select(&selector)
            .any(|e| (!sign.visible || visible(e)) && (!sign.enabled || enabled(e)))
    }

    fn says(&self, text: &TextSign, lang: Option<Lang>) -> bool {
        let Some(selector) = selector(&text.within) else {
            return false;
        };
        let words = in_language(&text.words, lang);
        self.html
            .select(&selector)
            .filter(|e| visible(*e))
            .any(|e| {
                let said = plain(&shown(e));
                words.iter().any(|word| said.contains(word))
            })
    }
}

/// Wordings in one language, or in both.
fn in_language(words: &Words, lang: Option<Lang>) -> Vec<String> {
    let all: Vec<&String> = match lang {
        Some(Lang::De) => words.de.iter().collect(),
        Some(Lang::En) => words.en.iter().collect(),
        None => words.de.iter().chain(&words.en).collect(),
    };
    all.into_iter().map(|word| plain(word)).collect()
}

/// What only a living page can tell, and what tells it on a written one.
const LIVING: &[(&str, &str)] = &[
    (":checked", "[checked]"),
    (":disabled", "[disabled]"),
    (":enabled", ":not([disabled])"),
];

/// A selector as the checker understands it; `None` when it is none.
pub fn selector(css: &str) -> Option<Selector> {
    let replace = |css: String, (living, written): &(&str, &str)| css.replace(living, written);
    Selector::parse(&LIVING.iter().fold(css.to_owned(), replace)).ok()
}

/// Small letters, single blanks, one kind of apostrophe.
pub fn plain(text: &str) -> String {
    let text = text.replace(['’', '‘'], "'");
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

fn with_ancestors(element: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap))
}

/// The text of an element without that of hidden parts.
fn shown(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for child in element.children() {
        if let Some(part) = ElementRef::wrap(child) {
            if visible(part) {
                text.push_str(&shown(part));
            }
        } else if let Some(said) = child.value().as_text() {
            text.push_str(said);
        }
    }
    text
}

fn visible(element: ElementRef<'_>) -> bool {
    let never = ["head", "script", "style", "template", "title", "noscript"];
    let gone = |e: ElementRef<'_>| {
        let name = e.value().name();
        let folded = name == "details" && e.attr("open").is_none() && e != element;
        never.contains(&name)
            || e.attr("hidden").is_some()
            || style(e, "display").is_some_and(|value| value == "none")
            || style(e, "opacity").is_some_and(|value| value == "0")
            || folded
    };
    let hidden_input = element.value().name() == "input" && element.attr("type") == Some("hidden");
    // The nearest one that says something decides: below a hidden element another may be visible.
    let visibility = with_ancestors(element).find_map(|e| style(e, "visibility"));
    !hidden_input
        && !with_ancestors(element).any(gone)
        && visibility.is_none_or(|value| value != "hidden" && value != "collapse")
}

fn enabled(element: ElementRef<'_>) -> bool {
    let off = |e: ElementRef<'_>| {
        e.attr("inert").is_some()
            || e.attr("aria-disabled") == Some("true")
            || (e.value().name() == "fieldset" && e.attr("disabled").is_some())
    };
    element.attr("disabled").is_none() && !with_ancestors(element).any(off)
}

/// A property of the inline style.
fn style(element: ElementRef<'_>, name: &str) -> Option<String> {
    let declarations = element.attr("style")?.split(';');
    let mut pairs = declarations.filter_map(|declaration| declaration.split_once(':'));
    let found = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
    Some(found.1.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_parts_say_nothing() {
        let text = TextSign {
            within: ".t".to_owned(),
            words: Words {
                de: vec!["bitte warten".to_owned()],
                en: vec!["please wait".to_owned()],
            },
        };
        let table = [
            ("<div class=t>Please\n <b>wait</b></div>", true),
            ("<div class=t>please <b hidden>wait</b></div>", false),
            (
                "<div class=t>welcome <main style='display:none'>please wait</main></div>",
                false,
            ),
            ("<div hidden><p class=t>please wait</p></div>", false),
        ];
        for (body, expected) in table {
            assert_eq!(
                Page::new(body).says(&text, Some(Lang::En)),
                expected,
                "{body}"
            );
            assert!(!Page::new(body).says(&text, Some(Lang::De)), "{body}");
        }
    }

    #[test]
    fn selectors_of_living_pages_are_understood() {
        let page = Page::new(
            "<input id=a checked><input id=b><button class=c disabled>x</button><p><b>x</b></p>",
        );
        for css in [
            "#a:checked",
            ".c:disabled",
            "#b:enabled",
            "p:has(b)",
            ":is(#a, #b)",
            "[id='a' i]",
        ] {
            assert!(page.finds(css), "{css}");
        }
        for css in ["#b:checked", ".c:enabled", "p:not(:has(b))"] {
            assert!(!page.finds(css), "{css}");
        }
        for css in ["", "p:contains(x)", "text=x", "a >"] {
            assert!(selector(css).is_none(), "{css}");
        }
    }

    #[test]
    fn visible_and_enabled_are_judged_as_in_the_browser() {
        let table = [
            ("<b class=x>x</b>", true),
            ("<b class=x style='display: none'>x</b>", false),
            ("<div style='DISPLAY:none'><b class=x>x</b></div>", false),
            (
                "<div style='visibility:hidden'><b class=x>x</b></div>",
                false,
            ),
            (
                "<div style='visibility:hidden'><b class=x style='visibility:visible'>x</b></div>",
                true,
            ),
            ("<b class=x style='opacity:0'>x</b>", false),
            ("<b class=x style='opacity:0.5'>x</b>", true),
            ("<b class=x hidden>x</b>", false),
            (
                "<details><summary>s</summary><b class=x>x</b></details>",
                false,
            ),
            (
                "<details open><summary>s</summary><b class=x>x</b></details>",
                true,
            ),
            ("<input class=x type=hidden>", false),
            ("<button class=x disabled>x</button>", false),
            (
                "<fieldset disabled><button class=x>x</button></fieldset>",
                false,
            ),
            ("<div inert><button class=x>x</button></div>", false),
            ("<button class=x aria-disabled=true>x</button>", false),
        ];
        for (body, expected) in table {
            assert_eq!(Page::new(body).offers(".x"), expected, "{body}");
        }
    }
}
