//! Every screen on every kind of panel in both languages, held against checked-in pictures, pixel by pixel.
//! `UPDATE_PICTURES=1 cargo test -p drv-panel --test pictures` draws them anew; look at each before it is checked in.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use drv_panel::{Kind, Mic, Sample, Show, Tone, Tongue, decode, picture, sample};
use std::path::PathBuf;

/// What this panel looks like, as PNG.
fn drawn(kind: Kind, show: &Show) -> Vec<u8> {
    picture(kind, show).expect("a screen has few colours")
}

fn name(sample: Sample) -> String {
    format!("{sample:?}").to_lowercase()
}

fn held(kind: Kind) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pictures");
    let update = std::env::var_os("UPDATE_PICTURES").is_some();
    let mut wrong = Vec::new();
    for (tongue, code) in [(Tongue::German, "de"), (Tongue::English, "en")] {
        for which in Sample::ALL {
            let file = folder.join(format!("{}-{}-{code}.png", kind.name(), name(which)));
            let png = drawn(kind, &sample(which, tongue));
            if update {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&file, &png).unwrap();
                continue;
            }
            let kept = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            if decode(&kept).unwrap() != decode(&png).unwrap() {
                wrong.push(file.display().to_string());
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "not as it was drawn:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn screens_of_the_ssd1306() {
    held(Kind::Ssd1306);
}

#[test]
fn screens_of_the_st7789() {
    held(Kind::St7789);
}

#[test]
fn screens_of_the_ili9341() {
    held(Kind::Ili9341);
}

#[test]
fn screens_of_small_paper() {
    held(Kind::Paper29);
}

#[test]
fn screens_of_large_paper() {
    held(Kind::Paper42);
}

#[test]
fn screens_of_a_framebuffer() {
    held(Kind::Framebuffer);
}

/// Without colours, no two states look alike.
#[test]
fn nothing_is_said_by_colour_alone() {
    for kind in [Kind::Ssd1306, Kind::Paper29] {
        let mut seen: Vec<Vec<u8>> = Vec::new();
        for tone in [
            Tone::Free,
            Tone::Soon,
            Tone::Working,
            Tone::Busy,
            Tone::Attention,
        ] {
            for mic in [Mic::Open, Mic::Closed, Mic::Unknown] {
                let show = Show {
                    tone,
                    mic,
                    ..sample(Sample::Free, Tongue::German)
                };
                let png = drawn(kind, &show);
                assert!(
                    !seen.contains(&png),
                    "{tone:?} with {mic:?} looks like another"
                );
                seen.push(png);
            }
        }
    }
}

/// Whatever a calendar or a translation brings, it is drawn inside the panel.
#[test]
fn any_text_is_drawn() {
    let long = "Grünflächenausschusssitzungsvorbereitungsbesprechung ".repeat(20);
    for text in [
        "",
        " ",
        "日本語 🎤",
        long.as_str(),
        "\u{0}\n\t",
        "ÄÖÜäöüß„“–…",
    ] {
        for kind in Kind::ALL {
            let show = Show {
                room: text.to_owned(),
                headline: text.to_owned(),
                next: Some(text.to_owned()),
                mic_text: text.to_owned(),
                trouble: Some(text.to_owned()),
                ..sample(Sample::Failed, Tongue::German)
            };
            assert!(!drawn(kind, &show).is_empty());
        }
    }
}
