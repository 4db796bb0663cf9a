//! What survives a reset, what a USB host is told, and how frames become packets.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use puck_parts::{Note, PACKET, Text, packets, release, serial};
use std::panic::Location;

#[test]
fn a_panic_is_told_once_with_its_file_and_line() {
    let mut note = Note::EMPTY;
    let here = Location::caller();
    note.keep(Some(here), &"broken");
    let told = format!("words.rs:{} broken", here.line());
    assert_eq!(note.take(false), Some(Text::cut(&told)));
    assert_eq!(note.take(false), None);
    assert_eq!(note.take(true), Some(Text::cut("watchdog: nothing moved")));
}

#[test]
fn a_panic_tells_more_than_the_watchdog_that_ended_it() {
    let mut note = Note::EMPTY;
    note.keep(None, &format_args!("fault at {:x}", 0x1000_2468));
    assert_eq!(note.take(true), Some(Text::cut("fault at 10002468")));
}

#[test]
fn long_words_are_cut_and_foreign_letters_left_out() {
    let mut note = Note::EMPTY;
    note.keep(None, &"häßlich ".repeat(20));
    let words = note.take(false).unwrap();
    assert_eq!(words.as_str().len(), Text::MAX);
    assert!(
        words.as_str().starts_with("hlich hlich"),
        "{}",
        words.as_str()
    );
    note.keep(None, &"short");
    assert_eq!(
        note.take(false),
        Some(Text::cut("short")),
        "nothing of before"
    );
}

#[test]
fn a_version_is_three_digits_where_a_host_reads_it() {
    assert_eq!(release("0.1.0"), 0x0010);
    assert_eq!(release("3.9.4"), 0x0394);
}

#[test]
fn the_serial_number_is_the_flashs_own() {
    let id = [0xe6, 0x61, 0x41, 0x04, 0x03, 0x11, 0x22, 0x3f];
    assert_eq!(serial(id), Text::cut("E66141040311223F"));
}

#[test]
fn a_frame_that_fills_its_last_packet_is_followed_by_an_empty_one() {
    let bytes = [7; 3 * PACKET];
    let sizes = |len: usize| packets(&bytes[..len]).map(<[u8]>::len).collect::<Vec<_>>();
    assert_eq!(sizes(5), [5]);
    assert_eq!(sizes(PACKET), [PACKET, 0]);
    assert_eq!(sizes(PACKET + 1), [PACKET, 1]);
    assert_eq!(sizes(2 * PACKET), [PACKET, PACKET, 0]);
}
